"""The words of `lab doctor`: for each case what it means and, where something can be mended, what to do.

    case: (means, significa) or (means, significa, do, haz)

The part of a case before the dot is the thing looked at; NAMES has its name.
"""

from __future__ import annotations

NAMES = {
    "python": ("Python", "Python"),
    "environment": ("environment", "entorno"),
    "core": ("packages: core", "paquetes: núcleo"),
    "models": ("packages: models", "paquetes: modelo"),
    "quiz": ("packages: quiz", "paquetes: quiz"),
    "start": ("start", "arranque"),
    "course": ("course", "curso"),
    "variables": ("variables", "variables"),
    "encoding": ("encoding", "codificación"),
    "terminal": ("terminal", "terminal"),
    "disk": ("disk", "disco"),
    "files": ("file system", "archivos"),
    "git": ("git", "git"),
    "gpu": ("GPU", "GPU"),
    "engine": ("engine (vLLM)", "motor (vLLM)"),
}
_AGAIN = ("remove .venv and set up again: {core}", "borra .venv y prepara el entorno de nuevo: {core}")
CASES = {
    "python.good": ("New enough for everything here.", "Lo bastante nuevo para todo lo que hay aquí."),
    "python.old": (
        "The course needs Python 3.10 or newer.",
        "El curso necesita Python 3.10 o posterior.",
        "Install a newer Python beside this one, then " + _AGAIN[0],
        "Instala un Python más nuevo junto a este; después " + _AGAIN[1],
    ),
    "python.narrow": (
        "A 32-bit Python: numpy and torch are built for 64 bits only.",
        "Un Python de 32 bits: numpy y torch solo se construyen para 64.",
        "Install the 64-bit Python, then " + _AGAIN[0],
        "Instala el Python de 64 bits; después " + _AGAIN[1],
    ),
    "python.rosetta": (
        "An Intel Python on an Apple chip: it works, slowly, and new versions of torch are not built for it.",
        "Un Python de Intel en un chip de Apple: funciona, despacio, y no hay versiones nuevas de torch para él.",
        "Install the arm64 Python, then " + _AGAIN[0],
        "Instala el Python arm64; después " + _AGAIN[1],
    ),
    "environment.good": (
        "The course's packages stay apart from your other work.",
        "Los paquetes del curso no se mezclan con tus otros trabajos.",
    ),
    "environment.colab": (
        "The machine is yours for this session, and gone after it: download what you write.",
        "La máquina es tuya durante esta sesión y luego desaparece: descarga lo que escribas.",
    ),
    "environment.none": (
        "The system's own Python: what is installed here is shared with everything else, and many systems refuse it.",
        "El Python del propio sistema: lo que se instala aquí se comparte con todo, y muchos sistemas no lo dejan.",
        "{activate}",
        "{activate}",
    ),
    "core.good": ("For grading every lab.", "Para evaluar todos los laboratorios."),
    "core.missing": (
        "Without them, nothing can be graded.",
        "Sin ellos no se puede evaluar nada.",
        "{install}",
        "{install}",
    ),
    "models.good": (
        "For your functions on the trained model (lab eval, lab checkpoint) and for lab plot.",
        "Para tus funciones en el modelo entrenado (lab eval, lab checkpoint) y para lab plot.",
    ),
    "models.missing": (
        "Grading works without. They are for the trained model (lab eval, lab checkpoint) and for lab plot.",
        "Para evaluar no hacen falta. Son para el modelo entrenado (lab eval, lab checkpoint) y para lab plot.",
        "{install}",
        "{install}",
    ),
    "quiz.good": ("For lab quiz and lab interview.", "Para lab quiz y lab interview."),
    "quiz.missing": (
        "Grading works without. They are for lab quiz and lab interview.",
        "Para evaluar no hacen falta. Son para lab quiz y lab interview.",
        "{install}",
        "{install}",
    ),
    "start.good": (
        "What a run of the tests spends before it comes to your code.",
        "Lo que gasta una ejecución de las pruebas antes de llegar a tu código.",
    ),
    "start.slow": (
        "Every run waits this long. Usual reasons: a network folder, or a virus scanner that reads each file.",
        "Cada ejecución espera eso. Causas habituales: una carpeta de red o un antivirus que lee cada archivo.",
        "Try once more, the first time is the slowest. Keep the course on a local disk. lab watch starts only once.",
        "Prueba otra vez: la primera es la más lenta. Ten el curso en un disco local. lab watch arranca una sola vez.",
    ),
    "start.broken": (
        "What grading needs cannot be imported: it is missing, or its installation is broken.",
        "Lo que la evaluación necesita no se puede importar: falta, o su instalación está rota.",
        "If the packages are there: " + _AGAIN[0],
        "Si los paquetes están: " + _AGAIN[1],
    ),
    "course.good": (
        "Every lab can be read and has a file to write in. (The numbers are names; this is the order.)",
        "Cada laboratorio se lee y tiene un archivo donde escribir. (Los números son nombres; este es el orden.)",
    ),
    "course.broken": (
        "A file of the course is missing or damaged.",
        "Falta un archivo del curso, o está dañado.",
        "git status shows what changed; git restore FILE brings it back.",
        "git status muestra qué cambió; git restore ARCHIVO lo recupera.",
    ),
    "course.other": (
        "You are in one copy of the course and this lab command belongs to another: what you write here is not graded.",
        "Estás en una copia del curso y este comando lab es de otra: lo que escribes aquí no se evalúa.",
        "In the copy where you work: {editable}",
        "En la copia donde trabajas: {editable}",
    ),
    "variables.good": (
        "No variable of this shell changes what is graded.",
        "Ninguna variable de esta terminal cambia lo que se evalúa.",
    ),
    "variables.set": (
        "Set in this shell. LAB_IMPL says whose functions are graded; the others can change how Python and pytest run.",
        "Definidas en esta terminal. LAB_IMPL dice qué funciones se evalúan; las otras pueden cambiar Python y pytest.",
        "If that is not on purpose: {unset}",
        "Si no es a propósito: {unset}",
    ),
    "encoding.good": (
        "Marks and accents can be shown. The course's own files are UTF-8 everywhere.",
        "Las marcas y los acentos se ven. Los archivos del curso son UTF-8 en todas partes.",
    ),
    "encoding.poor": (
        "This screen cannot show every letter: the marks become + x - and accents may be lost. Grades are the same.",
        "Esta pantalla no muestra todas las letras: las marcas pasan a + x - y se pierden acentos. La nota no cambia.",
        "{utf8}",
        "{utf8}",
    ),
    "terminal.good": ("Wide enough for the scorecard.", "Lo bastante ancho para la tabla de puntos."),
    "terminal.none": (
        "The output goes to a file or a pipe: text without colour.",
        "La salida va a un archivo o una tubería: texto sin color.",
    ),
    "terminal.thin": (
        "Narrow: long lines of a verdict are cut.",
        "Estrecho: las líneas largas de un veredicto se cortan.",
        "Widen it to 80 columns.",
        "Ensánchalo a 80 columnas.",
    ),
    "disk.good": ("Room for everything here.", "Sitio para todo lo que hay aquí."),
    "disk.little": (
        "The core takes about 0.2 GB, torch and the models' packages 1 to 2, with CUDA several more.",
        "El núcleo ocupa unos 0.2 GB; torch y los paquetes del modelo, de 1 a 2; con CUDA, varios más.",
        "Make room before you install; python -m pip cache purge is a beginning.",
        "Haz sitio antes de instalar; python -m pip cache purge es un comienzo.",
    ),
    "files.good": (
        "A local folder; this is how long a small file takes to be written, renamed, read and removed.",
        "Una carpeta local; eso tarda un archivo pequeño en escribirse, renombrarse, leerse y borrarse.",
    ),
    "files.far": (
        "A network, shared, synchronized or slow folder: every run takes longer, and a save may be noticed late.",
        "Una carpeta de red, compartida, sincronizada o lenta: todo tarda más, y un guardado puede notarse tarde.",
        "Keep the course on a local disk (under WSL in your Linux home, not below /mnt/c).",
        "Ten el curso en un disco local (en WSL, en tu carpeta de Linux, no bajo /mnt/c).",
    ),
    "files.closed": (
        "Nothing can be written in the course's folder.",
        "No se puede escribir en la carpeta del curso.",
        "Copy the course to a folder of your own.",
        "Copia el curso a una carpeta tuya.",
    ),
    "files.long": (
        "Windows refuses paths of more than 259 letters, and some files of the course are beyond.",
        "Windows rechaza rutas de más de 259 letras, y algunos archivos del curso las pasan.",
        "Move the course to a shorter folder, such as C:\\course.",
        "Mueve el curso a una carpeta más corta, como C:\\curso.",
    ),
    "git.good": (
        "Tests and tools are as the course made them; only starters of yours differ.",
        "Las pruebas y las herramientas están como las hizo el curso; solo difieren tus starters.",
    ),
    "git.none": (
        "Not needed for grading. It brings the course's updates and keeps what you write.",
        "No hace falta para evaluar. Trae las novedades del curso y guarda lo que escribes.",
        "Install git if you want either.",
        "Instala git si quieres alguna de las dos cosas.",
    ),
    "git.archive": (
        "A downloaded archive, no clone: the labs work, updates do not come by themselves.",
        "Un archivo descargado, no un clon: los laboratorios funcionan, las novedades no llegan solas.",
        "To update later, copy your starter.py files into a fresh copy.",
        "Para actualizar, copia tus starter.py en una copia nueva.",
    ),
    "git.silent": (
        "git does not answer here. Grading does not need it.",
        "git no responde aquí. La evaluación no lo necesita.",
        "Read what it says above: it usually names the command that helps.",
        "Lee lo que dice arriba: suele nombrar la orden que ayuda.",
    ),
    "git.conflict": (
        "A merge is not finished: these files hold both versions, with <<<<<<< between them, and do not run.",
        "Hay una fusión sin terminar: estos archivos tienen ambas versiones, con <<<<<<< en medio, y no se ejecutan.",
        "Keep the lines you want, then: git add FILE, git commit",
        "Quédate con las líneas que quieras; después: git add ARCHIVO, git commit",
    ),
    "git.changed": (
        "Files of the course are not as it made them: with a changed test or tool a verdict is no longer the course's.",
        "Hay archivos del curso cambiados: con otra prueba u otra herramienta, el veredicto ya no es el del curso.",
        "git diff FILE shows the change; git restore FILE takes it back.",
        "git diff ARCHIVO muestra el cambio; git restore ARCHIVO lo deshace.",
    ),
    "git.behind": (
        "The course has newer tests or pages than this copy (as of your last fetch).",
        "El curso tiene pruebas o páginas más nuevas que esta copia (según tu último fetch).",
        "Commit your starters, then: git pull",
        "Haz commit de tus starters; después: git pull",
    ),
    "gpu.good": (
        "The tests marked gpu can run, and the engine gets its CUDA build.",
        "Las pruebas marcadas gpu pueden ejecutarse, y el motor recibe su versión CUDA.",
    ),
    "gpu.none": (
        "Not needed: every lab can be done without. Tests marked gpu are skipped with a reason.",
        "No hace falta: todos los laboratorios se hacen sin ella. Las pruebas gpu se omiten y dicen por qué.",
    ),
    "gpu.idle": (
        "There is a GPU, and this torch is the build without CUDA, which does not use it.",
        "Hay una GPU, y este torch es la versión sin CUDA, que no la usa.",
        "{install}",
        "{install}",
    ),
    "engine.good": ("For the measured half of lab 02.", "Para la mitad medida del laboratorio 02."),
    "engine.missing": (
        "For the measured half of lab 02, whose tests are skipped without it. Everything else works.",
        "Para la mitad medida del laboratorio 02, cuyas pruebas se omiten sin él. Todo lo demás funciona.",
        "{install}",
        "{install}",
    ),
    "engine.impossible": (
        "vLLM cannot run here, so part of lab 02 stays unchecked on this machine. Everything else works.",
        "vLLM no puede funcionar aquí: parte del laboratorio 02 queda sin comprobar. Todo lo demás funciona.",
        "It takes Linux on x86-64, Python 3.10 to 3.13, and AVX2 or an NVIDIA GPU: another machine, or a container.",
        "Hace falta Linux en x86-64, Python 3.10 a 3.13, y AVX2 o una GPU NVIDIA: otra máquina, o un contenedor.",
    ),
}
FOUND = {  # short words inside what was found
    "missing": ("not installed: {}", "sin instalar: {}"),
    "wrong": ("another version than the course wants: {}", "otra versión que la que pide el curso: {}"),
    "not_installed": ("not installed", "sin instalar"),
    "system": ("no virtual environment", "ningún entorno virtual"),
    "venv": ("virtual environment {}", "entorno virtual {}"),
    "labs": ("labs {}", "laboratorios {}"),
    "no_starter": ("missing: {}", "falta: {}"),
    "two_copies": ("lab belongs to {}, you are in {}", "lab es de {}, estás en {}"),
    "unset": ("none of those that matter is set", "ninguna de las que importan está definida"),
    "encodings": ("screen {}, files {}", "pantalla {}, archivos {}"),
    "piped": ("none", "ninguno"),
    "columns": ("{} columns, {}", "{} columnas, {}"),
    "colour": ("colour", "color"),
    "no_colour": ("no colour", "sin color"),
    "free": ("{} GB free", "{} GB libres"),
    "a_file": ("{}, {} ms a file", "{}, {} ms por archivo"),
    "letters": ("{} letters", "{} letras"),
    "clone": ("a clone, starters changed: {}", "un clon, starters cambiados: {}"),
    "archive": ("no clone", "no es un clon"),
    "changed": ("changed: {}", "cambiados: {}"),
    "and_more": ("{} and {} more", "{} y {} más"),
    "behind": ("updates not pulled: {}", "novedades sin traer: {}"),
    "no_gpu": ("no NVIDIA GPU", "sin GPU NVIDIA"),
}
