"""JUnit XML: a test suite a submission and lab, a test case a test. Read by Jenkins, GitLab, IDEs and junitparser.

failed is a failure, error and timeout are errors, not written yet is a failure of that type; what was not checked or
not run is skipped. No report at all is one error in a suite of its own: an empty file would look like success.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from labkit.exports_grades.results import Graded

# status -> element of JUnit; passed has none
ELEMENT = {
    "failed": "failure",
    "not_written": "failure",
    "error": "error",
    "timeout": "error",
    "not_checked": "skipped",
    "not_run": "skipped",
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(graded: list[Graded]) -> bytes:
    """The XML of all submissions."""
    root = ET.Element("testsuites", name="quantization labs")
    for one in graded:
        if one.card is None:
            _suite(root, one.id, [("graded", "graded at all", "error", f"{one.verdict}: {one.says}", one.seconds)])
        for lab in one.card["labs"] if one.card else []:
            cases = [
                (f"{lab['lab']}.{t['exercise']}", t["test"], t["status"], t["message"], t["seconds"])
                for t in one.card["tests"]
                if t["lab"] == lab["lab"]
            ]
            _suite(root, f"{one.id}.{lab['lab']}", cases)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name)) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _suite(root: ET.Element, name: str, cases: list[tuple[str, str, str, str, float]]) -> None:
    suite = ET.SubElement(root, "testsuite", name=_clean(name))
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for classname, test, status, message, seconds in cases:
        case = ET.SubElement(
            suite, "testcase", classname=_clean(classname), name=_clean(test), time=f"{max(seconds, 0):.3f}"
        )
        element = ELEMENT.get(status)
        if element:
            counts[element] += 1
            first = (message or status).strip().splitlines() or [status]
            said = ET.SubElement(case, element, type=status, message=_clean(first[0]))
            said.text = _clean(message)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("time", f"{sum(max(case[-1], 0) for case in cases):.3f}")


def _clean(text: str) -> str:
    """Without the control characters that no XML can hold: a learner may print anything."""
    return _NOT_XML.sub("\ufffd", text)
