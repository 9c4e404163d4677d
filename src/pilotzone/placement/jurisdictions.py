"""Jurisdictions: ISO 3166-1 alpha-2 codes, so that a name that is mistyped is not taken for one more country."""

from __future__ import annotations

from pilotzone.core import UsageError, did_you_mean, shown

__all__ = ["JURISDICTIONS", "check_jurisdiction", "jurisdiction_fault"]

_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
JURISDICTIONS = frozenset(_CODES.split())
"""Officially assigned codes, and XK, which is in use for Kosovo."""

_MEANT = {
    "UK": " Did you mean 'GB'?",
    "EL": " Did you mean 'GR'?",
    "EU": " The European Union is not a country: list its members.",
    "EEA": " The European Economic Area is not a country: list its members.",
}
ALLOWED = "ISO 3166-1 codes of two capital letters, such as CN, DE or US"


def jurisdiction_fault(code: str) -> str | None:
    """Return what is wrong with a code, ``None`` where nothing is.

    Examples
    --------
    >>> jurisdiction_fault("CN"), jurisdiction_fault("cn"), jurisdiction_fault("UK")
    (None, "'cn' is not a country. Did you mean 'CN'?", "'UK' is not a country. Did you mean 'GB'?")
    """
    if code in JURISDICTIONS:
        return None
    capital = code.strip().upper()
    hint = _MEANT.get(capital) or (did_you_mean(capital, [capital]) if capital in JURISDICTIONS else "")
    return f"{shown(code)} is not a country.{hint}"


def check_jurisdiction(code: str, what: str) -> str:
    """Return the code of a country.

    Raises
    ------
    UsageError
        If it is not one; `what` says of what, in words.
    """
    fault = jurisdiction_fault(code)
    if fault is not None:
        raise UsageError(f"{what}: {fault}", allowed=ALLOWED)
    return code
