"""Which lines say nothing but a measurement or a setting of the machine: all that may stay of what is written."""

import re
from typing import Final

_NUMBER: Final = r"[-+±<>≤≥=~]?\s*\d{1,4}(?:[.,]\d{1,3})?"
_BARE: Final = r"[-+<>=]?\s*\d{1,3}(?:[.,]\d{1,3})?"
"""Without a unit, four digits may be a year."""
_UNIT: Final = (
    r"(?:[mcµuk]?m(?:²|³|2|3|/s)?|m?l|[kM]?Hz|fps|d[BG]|%|ms|s|m?sec|bpm|°|deg|k[vV]p?|m?As?|mGy|m?Sv|HU|k?g|mmHg|k?Pa"
    r"|cm/s(?:²|2)?|l/min|x)"
)
_SETTING: Final = (
    r"(?:T[IE]|TR|FA|FOV|MI|TI[SBC]|TIS|AO|P(?:wr|WR)?|Gn|Gain|GN|C(?:omp)?|DR|Depth|Dep|D|Freq|Frq|F|FR|FPS|PRF|WF|SV|WW|"
    r"WL|W|L|C|SL|ST|Thk|Thickness|Zoom|Z|kVp?|mAs?|Vel|PW|CW|CF|CD|2D|B|M|THI|HGen|Gen|HRes|HPen|Res|Pen|Map|Persist|"
    r"Area|Vol|Dist|Angle|Circ|EF|HR|RI|PI|PS|ED|MD|BPD|HC|AC|FL|GS|CRL|TAMAX|Len|Scale|Slice)"
)
_LATERALITY: Final = (
    r"(?:L|R|LT|RT|Left|Right|LEFT|RIGHT|OD|OS|OU|CC|MLO|LCC|RCC|LMLO|RMLO|AP|PA|LAT|SAG|TRV|TRANS|LONG|A|P|H|F)"
)
_TIMES: Final = "[x*/\N{MULTIPLICATION SIGN}]"
_PART: Final = (
    rf"(?:{_SETTING}\d?\s*[:=<>]?\s*(?:{_NUMBER}\s*{_UNIT}|{_BARE})"
    rf"|{_NUMBER}\s*{_UNIT}(?:\s*{_TIMES}\s*{_NUMBER}(?:\s*{_UNIT})?)*)"
)
_LINE: Final = re.compile(rf"(?:[+x*]\s*)?{_PART}(?:[\s,;/|]+{_PART})*|{_LATERALITY}")
_DATE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}:\d{2}|(?:19|20)\d{6}")


def is_measurement(text: str) -> bool:
    """Whether a line reads *wholly* as numbers with units, named settings, or a laterality. Dates never do."""
    line = " ".join(text.split())
    return bool(line) and not _DATE.search(line) and _LINE.fullmatch(line) is not None
