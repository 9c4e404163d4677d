"""How commands read their words: options that came twice are refused, and other programs' names get a hint."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from pilotzone.core import UsageError

__all__ = ["StrictCommand"]

_FOREIGN: dict[str, str] = {
    "--idname": "--unit",
    "--id": "--unit",
    "--i": "--unit",
    "--panel-id": "--unit",
    "--tname": "--time",
    "--year": "--time",
    "--period": "--time",
    "--gname": "--cohort",
    "--gvar": "--cohort",
    "--first-treat": "--cohort",
    "--treatment": "--cohort",
    "--treat": "--cohort",
    "--yname": "--outcome",
    "--depvar": "--outcome",
    "--lhs": "--outcome",
    "--ivar": "--unit",
    "--agg": "--summary",
    "--notyet": "--controls not_yet_treated",
    "--method": "--adjustment",
    "--clustervars": "--cluster",
    "--weightsname": "--weight",
    "--weights": "--weight",
    "--xformla": "--covariate",
    "--covariates": "--covariate",
    "--est-method": "--adjustment",
    "--control-group": "--controls",
    "--base-period": "--base",
    "--alp": "--level",
}
"""Names that did, csdid, Stata's commands and pyfixest's functions have for the same options, with ours."""


class StrictCommand(TyperCommand):
    """A command that drops nothing it was asked for: a second value of an option that takes one is refused."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer keeps its contexts private
        """Refuse other programs' options and what came twice, then read the words as usual.

        Raises
        ------
        UsageError
            If an option has another name here, or takes one value and was given several.
        """
        if not ctx.resilient_parsing:  # completion looks at half-written lines
            self._check_names(args)
            self._check_counts(ctx, args)
        return super().parse_args(ctx, args)

    def _check_names(self, args: list[str]) -> None:
        known = {name for param in self.params for name in param.opts}
        for word in args:
            asked = word.partition("=")[0]
            ours = _FOREIGN.get(asked.lower().replace("_", "-"))
            if asked not in known and ours is not None and ours.split()[0] in known:
                raise UsageError(
                    f"{asked} is not an option of '{self.name}'.", todo=f"use {ours}, which stands for the same"
                )

    def _check_counts(self, ctx: Any, args: list[str]) -> None:  # noqa: ANN401 - as above
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for param in self.params:
            single = param.param_type_name == "option" and not getattr(param, "multiple", False)
            count = sum(item is param for item in order)
            if single and not getattr(param, "is_flag", False) and count > 1:
                raise UsageError(
                    f"{param.opts[0]} is given {count} times.",
                    allowed="one value: of several, all but the last would be dropped",
                )
