"""What an indicator is held to, as a form: read from the plan's document and written back to it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import yaml
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from analysis import period, plan, sheet
from analysis.indicators import Direction
from analysis.plan import Unit

WAYS: Final = (
    SelectChoice("", "intet mål"),
    SelectChoice(Direction.AT_LEAST.value, "mindst"),
    SelectChoice(Direction.AT_MOST.value, "højst"),
    SelectChoice(Direction.FALLING.value, "lavere end udgangspunktet"),
    SelectChoice(Direction.RISING.value, "højere end udgangspunktet"),
)


class TargetForm(FlaskForm):
    """What an indicator is held to. Numbers are typed the Danish way, shares in per cent."""

    version = StringField()
    name = StringField("Indikator", [InputRequired("Skriv, hvad der måles."), Length(max=200)])
    owner = StringField("Ansvarlig", [Length(max=100)])
    direction = SelectField("Målet er", choices=WAYS)
    value = StringField("Målets tal")
    baseline_period = StringField("Udgangspunktets periode")
    baseline_value = StringField("Udgangspunktets tal")
    source = StringField(
        "Hvor kommer målet fra?", [InputRequired("Skriv, hvem der har sat målet.")]
    )

    def validate_value(self, field: StringField) -> None:
        """A number where the target is a level; a change may be left open."""
        _require_number(field)
        level = self.direction.data in (Direction.AT_LEAST.value, Direction.AT_MOST.value)
        if level and not (field.data or "").strip():
            raise ValidationError("Skriv det tal, som målet er.")

    def validate_baseline_value(self, field: StringField) -> None:
        """A number or nothing."""
        _require_number(field)

    def validate_baseline_period(self, field: StringField) -> None:
        """A period where a change is measured from one."""
        change = self.direction.data in (Direction.FALLING.value, Direction.RISING.value)
        if (field.data or "").strip():
            try:
                period.read(field.data or "")
            except period.UnknownPeriod as reason:
                raise ValidationError(str(reason)) from None
        elif change and (self.value.data or "").strip():
            raise ValidationError("Skriv den periode, som ændringen måles fra.")


def _require_number(field: StringField) -> None:
    try:
        found = sheet.number(field.data)
    except sheet.NotANumber as reason:
        raise ValidationError(str(reason)) from None
    if found is not None and found < 0:
        raise ValidationError("Skriv tallet uden minus.")


def as_written(found: plan.Indicator, version: int) -> Mapping[str, str]:
    """An indicator's target as the form shows it."""
    aim, baseline = found.target, found.baseline
    relative = bool(aim and aim.relative)
    return {
        "version": str(version),
        "name": found.name("da"),
        "owner": found.owner or "",
        "direction": aim.direction.value if aim else "",
        "value": _typed(aim.value if aim else None, relative or found.unit is Unit.SHARE),
        "baseline_period": baseline.period.danish() if baseline else "",
        "baseline_value": _typed(baseline.value if baseline else None, found.unit is Unit.SHARE),
        "source": found.source("da"),
    }


def _typed(value: float | None, per_cent: bool) -> str:
    if value is None:
        return ""
    exact = Decimal(str(abs(value))) * (100 if per_cent else 1)
    return f"{exact.normalize():f}".replace(".", ",")


def changed(text: str, code: str, form: TargetForm) -> str:
    """The plan's document with what was typed for one indicator."""
    document: dict[str, Any] = yaml.safe_load(text)
    (entry,) = (
        one
        for programme in document["plans"]
        for area in programme["areas"]
        for one in area["indicators"]
        if one["code"] == code
    )
    share = entry.get("unit", Unit.SHARE) == Unit.SHARE
    entry["name"] = {**entry["name"], "da": form.name.data.strip()}
    entry["source"] = {**entry["source"], "da": form.source.data.strip()}
    for key in ("owner", "target", "baseline"):
        entry.pop(key, None)
    if (form.owner.data or "").strip():
        entry["owner"] = form.owner.data.strip()
    if form.direction.data:
        way = Direction(form.direction.data)
        value = sheet.number(form.value.data)
        relative = way in (Direction.FALLING, Direction.RISING)
        if value is not None and (share or relative):
            value /= 100
        if value is not None and way is Direction.FALLING:
            value = -value
        entry["target"] = {"direction": way.value}
        if value is not None:
            entry["target"]["value"] = float(value)
    if (form.baseline_period.data or "").strip():
        entry["baseline"] = {"period": period.read(form.baseline_period.data).text}
        start = sheet.number(form.baseline_value.data)
        if start is not None:
            entry["baseline"]["value"] = float(start / 100 if share else start)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
