"""English verbs with exact forms: an irregular table and the spelling rules of the regular ones.

British usage where British and American differ (``got``, ``travelled``), and one form
where a dictionary gives two, so that every prompt of the corpus has one right answer.
"""

import re
from typing import NamedTuple

# base past participle, one verb a comma. "it" verbs take an object ("wrote it"),
# the others an adverb ("slept here"); mixing the two would teach the model bad English.
_IRREGULAR_WITH_OBJECT = """
    bear bore borne, beat beat beaten, become became become, begin began begun,
    behold beheld beheld, bend bent bent, bet bet bet, bind bound bound, bite bit bitten,
    blow blew blown, break broke broken, breed bred bred, bring brought brought,
    broadcast broadcast broadcast, build built built, burst burst burst, buy bought bought,
    cast cast cast, catch caught caught, choose chose chosen, cut cut cut, dig dug dug,
    do did done, draw drew drawn, drink drank drunk, drive drove driven, eat ate eaten,
    feed fed fed, feel felt felt, fight fought fought, find found found, flee fled fled,
    fling flung flung, forbid forbade forbidden, forecast forecast forecast,
    foresee foresaw foreseen, foretell foretold foretold, forget forgot forgotten,
    forgive forgave forgiven, forsake forsook forsaken, freeze froze frozen, get got got,
    give gave given, grind ground ground, grow grew grown, have had had, hear heard heard,
    hide hid hidden, hit hit hit, hold held held, hurt hurt hurt, keep kept kept,
    know knew known, lay laid laid, lead led led, leave left left, lend lent lent, let let let,
    lose lost lost, make made made, mean meant meant, meet met met, mislead misled misled,
    mistake mistook mistaken, misunderstand misunderstood misunderstood, outdo outdid outdone,
    outgrow outgrew outgrown, outrun outran outrun, overcome overcame overcome,
    overhear overheard overheard, overtake overtook overtaken, overthrow overthrew overthrown,
    pay paid paid, put put put, read read read, rebuild rebuilt rebuilt, redo redid redone,
    remake remade remade, repay repaid repaid, resell resold resold, retell retold retold,
    rethink rethought rethought, rewrite rewrote rewritten, ride rode ridden, ring rang rung,
    say said said, see saw seen, seek sought sought, sell sold sold, send sent sent, set set set,
    sew sewed sewn, shake shook shaken, shed shed shed, shoot shot shot, show showed shown,
    shut shut shut, sing sang sung, slay slew slain, sling slung slung, slit slit slit,
    sow sowed sown, spend spent spent, spin spun spun, split split split, spread spread spread,
    steal stole stolen, sting stung stung, strike struck struck, string strung strung,
    swear swore sworn, sweep swept swept, swing swung swung, take took taken,
    teach taught taught, tear tore torn, tell told told, throw threw thrown,
    thrust thrust thrust, undergo underwent undergone, understand understood understood,
    undertake undertook undertaken, undo undid undone, uphold upheld upheld, upset upset upset,
    wear wore worn, weave wove woven, win won won, wind wound wound,
    withdraw withdrew withdrawn, withstand withstood withstood, wring wrung wrung,
    write wrote written"""
_IRREGULAR_ALONE = """
    arise arose arisen, awake awoke awoken, be was been, bleed bled bled, cling clung clung,
    come came come, creep crept crept, deal dealt dealt, fall fell fallen, fly flew flown,
    go went gone, hang hung hung, kneel knelt knelt, lie lay lain, overeat overate overeaten,
    oversleep overslept overslept, quit quit quit, rise rose risen, run ran run,
    shine shone shone, shrink shrank shrunk, sink sank sunk, sit sat sat, sleep slept slept,
    slide slid slid, speak spoke spoken, spit spat spat, spring sprang sprung,
    stand stood stood, stick stuck stuck, stink stank stunk, stride strode stridden,
    strive strove striven, swell swelled swollen, swim swam swum, think thought thought,
    tread trod trodden, wake woke woken, weep wept wept"""
_REGULAR_WITH_OBJECT = """
    accept add admire admit allow announce answer arrange ask attack avoid bake borrow bury call
    cancel carry change chase check clean close collect compare complete control copy count
    cover create cross damage deliver deny describe destroy develop discover discuss drag drop
    dry dye earn empty enjoy enter examine expect explain explore face fetch fill finish fix
    fold follow fry gather grab greet guard guess hate heat help hug hunt identify ignore
    imagine improve include invent invite join judge kick kiss label lift like lock love mark
    marry measure melt mention mix move multiply name need notice obey observe offer omit open
    order own pack paint pass permit pick plan plant polish post pour praise prefer prepare
    press promise protect provide pull push raise reach receive record refuse regret reject
    remember remove rent repair repeat replace report rescue respect rob rub save scan serve
    share sign solve spot spray stop store study submit supply support tap taste thank tie
    touch trace transfer trap treat trim trust try tug turn use visit want wash waste watch
    water weigh whip wipe wrap"""
_REGULAR_ALONE = """
    agree appear argue arrive clap complain cry dance die disappear exist fail gallop happen
    hesitate hop hurry jog jump laugh listen live nod occur panic pause play pray race relax
    rest sail shop shout sigh skate skip slip smile sneeze snore stay step succeed talk travel
    trip vanish vote wait walk wander whistle work worry yawn"""

# Verbs of more than one syllable that double their last consonant: the stress falls on
# the last syllable, or British usage doubles a final l whatever the stress.
_DOUBLED_LONG = """
    admit begin cancel control forbid forget label occur omit outrun permit prefer regret
    submit transfer travel upset"""
_VOWELS = "aeiou"


class Verb(NamedTuple):
    """The five written forms of a verb (``be`` has more: see ``conjugate``)."""

    base: str
    third: str
    past: str
    participle: str
    gerund: str
    takes_object: bool


def doubles_last_consonant(base: str) -> bool:
    """True for ``stop`` (stopped) and ``prefer``; False for ``visit``, ``fix``, ``play``, ``rain``."""
    if base in _DOUBLED_LONG.split():
        return True
    # subtle: the u of "qu" is a consonant, so quit doubles like sit.
    sounds = base.replace("qu", "qq")
    one_syllable = len(re.findall(r"[aeiou]+", sounds)) == 1
    return one_syllable and bool(re.search(r"[^aeiou][aeiou][^aeiouwxy]$", "." + sounds))


def _ends_in_consonant_y(base: str) -> bool:
    return base.endswith("y") and base[-2] not in _VOWELS


def third_person(base: str) -> str:
    """``watch`` -> ``watches``, ``try`` -> ``tries``, ``play`` -> ``plays``."""
    if base in ("have", "be"):
        return {"have": "has", "be": "is"}[base]
    if _ends_in_consonant_y(base):
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def regular_past(base: str) -> str:
    """``stop`` -> ``stopped``, ``try`` -> ``tried``, ``bake`` -> ``baked``, ``panic`` -> ``panicked``."""
    if base.endswith("e"):
        return base + "d"
    if _ends_in_consonant_y(base):
        return base[:-1] + "ied"
    if base.endswith("ic"):
        return base + "ked"
    return base + (base[-1] if doubles_last_consonant(base) else "") + "ed"


def gerund(base: str) -> str:
    """``lie`` -> ``lying``, ``make`` -> ``making``, ``see`` -> ``seeing``, ``run`` -> ``running``."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")) and base != "be":
        return base[:-1] + "ing"
    if base.endswith("ic"):
        return base + "king"
    return base + (base[-1] if doubles_last_consonant(base) else "") + "ing"


def _build() -> dict[str, Verb]:
    verbs = {}
    for table, takes_object in ((_IRREGULAR_WITH_OBJECT, True), (_IRREGULAR_ALONE, False)):
        for entry in table.split(","):
            base, past, participle = entry.split()
            verbs[base] = (past, participle, takes_object)
    for table, takes_object in ((_REGULAR_WITH_OBJECT, True), (_REGULAR_ALONE, False)):
        for base in table.split():
            assert base not in verbs, f"{base} is in two tables"
            verbs[base] = (regular_past(base), regular_past(base), takes_object)
    return {
        base: Verb(base, third_person(base), past, participle, gerund(base), takes_object)
        for base, (past, participle, takes_object) in verbs.items()
    }


IRREGULAR = tuple(entry.split()[0] for entry in (_IRREGULAR_WITH_OBJECT + "," + _IRREGULAR_ALONE).split(","))
VERBS = _build()
REGULAR = tuple(base for base in VERBS if base not in set(IRREGULAR))

TENSES = ("present", "past", "future", "present continuous", "present perfect", "past perfect")


def conjugate(base: str, tense: str, person: str) -> str:
    """The verb phrase of ``base`` in one of ``TENSES`` for ``person``.

    ``person`` is ``"I"``, ``"third"`` (he, she, it, a singular noun) or ``"other"``
    (you, we, they, a plural noun): all that English verbs distinguish.
    """
    verb = VERBS[base]
    is_are = {"I": "am", "third": "is", "other": "are"}[person]
    if tense == "present":
        if base == "be":
            return is_are
        return verb.third if person == "third" else base
    if tense == "past":
        return "were" if base == "be" and person == "other" else verb.past
    if tense == "future":
        return f"will {base}"
    if tense == "present continuous":
        return f"{is_are} {verb.gerund}"
    if tense == "present perfect":
        return f"{'has' if person == 'third' else 'have'} {verb.participle}"
    if tense == "past perfect":
        return f"had {verb.participle}"
    raise ValueError(f"tense is {tense!r}; it must be one of {', '.join(TENSES)}")
