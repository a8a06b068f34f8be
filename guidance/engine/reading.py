"""How a document becomes an edition. Reading refuses anything that it does not understand, naming row and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from guidance.engine import criteria as c
from guidance.engine.edition import (
    AVOID,
    CAUTION,
    CLAIM_KINDS,
    CONCERNS,
    DOSE,
    KINDS,
    LEFT_OUT,
    NOTE,
    SECTIONS,
    SEVERITIES,
    STATEMENT_KINDS,
    VERIFICATION,
    WITHHOLD,
    AlertRule,
    Band,
    CatalogueMedicine,
    Cell,
    Claim,
    Contraindication,
    Definition,
    Difference,
    Edition,
    EditionError,
    Interaction,
    Measurement,
    MedicineClass,
    MonitoringRule,
    NextStep,
    Option,
    OptionSection,
    PairEffect,
    Product,
    RedFlag,
    Rule,
    Source,
    Statement,
    Why,
    fingerprint,
)  # fmt: skip
from guidance.engine.facts import DICTIONARY, RED_FLAGS, TRIED_OUTCOMES, Fact, FactError, check
from guidance.engine.situation import COMPARABLE

_EFFECTS: Final = {"W": WITHHOLD, "A": AVOID, "C": CAUTION, "D": DOSE, "N": NOTE}


class _Row:
    """One row being read: takes its fields by name and complains about what is left over."""

    def __init__(self, where: str, body: object, row: tuple[str, int]) -> None:
        self.row = row
        self.where = where
        if not isinstance(body, Mapping):
            raise self.fail("must be a mapping")
        code = body.get("id") or body.get("code")
        self.where = f"{where} {code}" if code else where
        self.left = dict(body)

    def part(self, where: str, body: object) -> _Row:
        """A mapping inside this row."""
        return _Row(f"{self.where} {where}", body, self.row)

    def fail(self, reason: str) -> EditionError:
        return EditionError(f"{self.where}: {reason}", *self.row)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.left.pop(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.fail(f"{name} must be text")
        return " ".join(value.split())

    def flag(self, name: str) -> bool:
        value = self.left.pop(name, False)
        if not isinstance(value, bool):
            raise self.fail(f"{name} must be true or false")
        return value

    def choice(self, name: str, values: Sequence[str], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in values:
            raise self.fail(f"{name} must be one of {', '.join(values)}, not {value}")
        return value

    def integer(self, name: str) -> int | None:
        value = self.left.pop(name, None)
        if value is not None and (type(value) is not int or value < 0):
            raise self.fail(f"{name} must be a whole number, 0 or more")
        return value

    def strings(self, name: str) -> tuple[str, ...]:
        value = self.left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.fail(f"{name} must be a list of texts")
        return tuple(value)

    def rows(self, name: str) -> list[Any]:
        value = self.left.pop(name, [])
        if not isinstance(value, list):
            raise self.fail(f"{name} must be a list")
        return value

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self.left.pop(name, {})
        if not isinstance(value, Mapping):
            raise self.fail(f"{name} must be a mapping")
        return value

    def done(self) -> None:
        if self.left:
            raise self.fail(f"does not understand {', '.join(sorted(map(str, self.left)))}")


_NOWHERE: Final = _Row("classes", {}, ("classes", 0))


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document, Mapping) or set(document) != {"version", "title", "rows"}:
            raise EditionError("edition: must have exactly version, title and rows")
        self.document = document
        rows = document["rows"]
        if not isinstance(rows, Mapping):
            raise EditionError("edition: rows must be a mapping")
        unknown = set(rows) - set(KINDS)
        if unknown:
            raise EditionError(f"edition: does not understand {', '.join(sorted(unknown))}")
        self.rows = rows
        self.texts: dict[str, str] = {}
        self.text_sources: dict[str, tuple[str, ...]] = {}
        self.titles: dict[str, str] = {}
        self.catalogue_codes: dict[str, str] = {}
        self.lingering: set[str] = set()
        self.sources: dict[str, Source] = {}
        self.groups: dict[str, frozenset[str]] = {}
        self.definition_names: frozenset[str] = frozenset()
        self.columns: dict[str, set[str]] = {}
        self.rules: dict[str, Rule] = {}

    def each(self, kind: str) -> Iterable[_Row]:
        found = self.rows.get(kind, [])
        if not isinstance(found, list):
            raise EditionError(f"{kind}: must be a list of rows")
        for number, body in enumerate(found, 1):
            yield _Row(f"{kind}[{number}]", body, (kind, number))

    def keyed(self, kind: str, rows: Iterable[Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for number, row in enumerate(rows, 1):
            if row.code in out:
                raise EditionError(f"{kind}[{number}] {row.code}: stands twice", kind, number)
            out[row.code] = row
        return out

    # ------------------------------------------------------------------ parts of rows

    def cited(self, row: _Row) -> tuple[str, ...]:
        names = row.strings("sources")
        if not names:
            raise row.fail("must name at least one source")
        for name in names:
            if name not in self.sources:
                raise row.fail(f"source {name} is not among the sources")
        return names

    def cited_of(self, target: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Of the sources of a whole row those of one column: the label of another medicine says nothing of it.

        Where none is left it is a decision of the product, as long as nobody names a source.
        """
        own = tuple(name for name in names if target in (self.sources[name].about or {target}))
        product = tuple(name for name, source in self.sources.items() if source.verification == "product")
        return own or product[:1] or names

    def remember(self, row: _Row, ref: str, text: str, sources: tuple[str, ...], title: str = "") -> str:
        if ref in self.texts:
            raise row.fail(f"{ref} stands twice")
        if title:
            self.titles[ref] = title
        self.texts[ref] = text
        self.text_sources[ref] = sources
        return ref

    def rule(
        self, row: _Row, name: str, when: c.Criterion | None = None, mark: str | None = "verification", above: str = ""
    ) -> str:
        """Note a rule by its name, with the verification mark of its row. Returns the mark.

        ``mark``: the field that holds it (None: the row above has it); without the field it is what the row above has,
        and without that unverified: a mark that nobody gave is never a good one.
        """
        verification = row.choice(mark, VERIFICATION, above or "unverified") if mark else ""
        number = 1
        while (key := name if number == 1 else f"{name}#{number}") in self.rules:
            number += 1
        self.rules[key] = Rule(key, None if when is c.ALWAYS else when, verification, row.row)
        return verification

    def group(self, row: _Row, names: object) -> frozenset[str]:
        if not isinstance(names, list | tuple) or not names:
            raise row.fail("a group must be a list of classes or medicines")
        out: set[str] = set()
        for name in names:
            if name not in self.groups:
                raise row.fail(f"{name} is neither a class nor a medicine of the catalogue")
            out |= self.groups[name]
        return frozenset(out)

    def criterion(self, row: _Row, name: str, default: c.Criterion | None = None) -> c.Criterion:
        body = row.left.pop(name, None)
        if body is None:
            if default is None:
                raise row.fail(f"{name} is missing")
            return default
        return self.parse(row, body)

    def parse(self, row: _Row, body: object) -> c.Criterion:
        if not isinstance(body, Mapping):
            raise row.fail(f"a criterion must be a mapping, not {body!r}")
        left = dict(body)
        made = self._parse(row, left)
        if left:
            raise row.fail(f"a criterion does not understand {', '.join(sorted(map(str, left)))}")
        return made

    def _parts(self, row: _Row, bodies: object) -> tuple[c.Criterion, ...]:
        if not isinstance(bodies, list) or not bodies:
            raise row.fail("all, any and of need a list of criteria")
        return tuple(self.parse(row, body) for body in bodies)

    def _parse(self, row: _Row, left: dict[Any, Any]) -> c.Criterion:
        if "all" in left:
            return c.AllOf(self._parts(row, left.pop("all")))
        if "any" in left:
            return c.AnyOf(self._parts(row, left.pop("any")))
        if "not" in left:
            return c.Not(self.parse(row, left.pop("not")))
        if "of" in left:
            count = left.pop("count", None)
            if type(count) is not int or count < 1:
                raise row.fail("count must be a whole number, 1 or more")
            return c.AtLeast(count, self._parts(row, left.pop("of")))
        if "holds" in left:
            name = left.pop("holds")
            if name not in self.definition_names:
                raise row.fail(f"definition {name} is not among those above it")
            return c.Holds(name)
        if "condition" in left:
            return self._compare(row, f"conditions.{left.pop('condition')}", "is", True)
        if "fact" in left:
            name = left.pop("fact")
            found = [comparison for comparison in c.COMPARISONS if comparison in left]
            if len(found) != 1:
                raise row.fail(f"fact {name} needs exactly one of {', '.join(c.COMPARISONS)}")
            return self._compare(row, name, found[0], left.pop(found[0]))
        if "taking" in left:
            return self._taking(row, left)
        if "replaces" in left:
            return c.Replaces(self.group(row, left.pop("replaces")))
        if "tried" in left:
            group = self.group(row, left.pop("tried"))
            outcomes = left.pop("outcomes", list(TRIED_OUTCOMES))
            if not isinstance(outcomes, list) or not set(outcomes) <= set(TRIED_OUTCOMES):
                raise row.fail(f"outcomes must be among {', '.join(TRIED_OUTCOMES)}")
            return c.TriedBefore(group, frozenset(outcomes), self._switch(row, "adequate", left.pop("adequate", False)))
        if "inadequate" in left:
            group = self.group(row, left.pop("inadequate"))
            return c.Inadequate(group, self._switch(row, "for_any_reason", left.pop("for_any_reason", False)))
        raise row.fail(f"a criterion does not understand {', '.join(sorted(map(str, left))) or 'nothing'}")

    def _compare(self, row: _Row, name: str, comparison: str, operand: Any) -> c.Criterion:
        fact = COMPARABLE.get(name)
        if fact is None:
            raise row.fail(f"{name} is not a fact")
        if comparison == "known":
            return c.Known(name, self._switch(row, "known", operand))
        if comparison == "one_of" and (not isinstance(operand, list) or not operand):
            raise row.fail("one_of needs a list of values")
        for value in operand if comparison == "one_of" else [operand]:
            self._check_operand(row, fact, comparison, value)
        return c.Compare(name, comparison, frozenset(operand) if comparison == "one_of" else operand)

    @staticmethod
    def _check_operand(row: _Row, fact: Fact, comparison: str, value: Any) -> None:
        """Refuse a value that the fact can never have: the rule would never hold, or always."""
        if fact.kind in ("integer", "number"):
            if type(value) not in (int, float):
                raise row.fail(f"{fact.name} is compared with a number, not {value!r}")
            if not (fact.low or 0) <= value <= (fact.high or 0):
                raise row.fail(f"{value} lies outside the range of {fact.name}")
            return
        if comparison not in ("is", "is_not", "one_of"):
            raise row.fail(f"{fact.name} has no order: use is, is_not or one_of")
        if fact.kind == "boolean" and type(value) is not bool:
            raise row.fail(f"{fact.name} is true or false, not {value!r}")
        if fact.kind == "choice" and value not in fact.values:
            raise row.fail(f"{fact.name} never has the value {value}")
        if fact.kind not in ("boolean", "choice"):
            raise row.fail(f"{fact.name} cannot be compared: only `known` may be asked of it")

    @staticmethod
    def _switch(row: _Row, name: str, value: object) -> bool:
        if type(value) is not bool:
            raise row.fail(f"{name} is true or false, not {value!r}")
        return value

    def _taking(self, row: _Row, left: dict[Any, Any]) -> c.Criterion:
        group = self.group(row, left.pop("taking"))
        also, only = left.pop("or", None), left.pop("only", None)
        scope = {
            (None, None): "current",
            ("chosen", None): "current-or-chosen",
            (None, "chosen"): "chosen",
            (None, "new"): "new",
        }.get((also, only))
        if scope is None:
            raise row.fail("taking allows `or: chosen`, `only: chosen` or `only: new`")
        count = left.pop("count", 1)
        if type(count) is not int or count < 1:
            raise row.fail("count must be a whole number, 1 or more")
        stopped, ever, kept = (self._switch(row, name, left.pop(name, False)) for name in ("stopped", "ever", "kept"))
        return c.Taking(group, scope, count, stopped=stopped, ever=ever, kept=kept)

    @staticmethod
    def effect(row: _Row, code: object) -> tuple[int, bool, bool]:
        """(effect, label contraindication, has a dose sentence) of a letter.

        W withhold, W! withhold by a label contraindication, A avoid, C caution, CD caution with a dose sentence,
        D dose only, N note only.
        """
        letter = str(code)
        if letter not in ("W", "W!", "A", "C", "CD", "D", "N"):
            raise row.fail(f"effect must be W, W!, A, C, CD, D or N, not {code!r}")
        return _EFFECTS[letter[0]], letter == "W!", letter in ("D", "CD")

    # ------------------------------------------------------------------ kinds

    def read(self) -> Edition:
        self.sources = self.keyed("sources", self._sources())
        settings = {}
        for row in self.each("settings"):
            code, text = row.text("code"), row.text("text", "")
            settings[code] = text
            self.rule(row, f"setting:{code}", mark=None)
            self.remember(row, f"setting:{code}", text, row.strings("sources"))
            row.done()
        classes = self.keyed("classes", self._classes())
        medicines = self.keyed("medicines", self._medicines(classes))
        products = self.keyed("products", self._products(medicines))
        self._make_groups(classes, medicines)
        definitions = self._definitions()
        measurements = tuple(self._measurements())
        red_flags = self.keyed("red-flags", self._red_flags())
        alerts = self.keyed("alerts", self._alerts())
        differences = self.keyed("differences", self._differences())
        options = self.keyed("options", self._options(differences))
        contraindications = tuple(self._contraindications(options))
        interactions = tuple(self._interactions())
        monitoring = tuple(self._monitoring(options))
        statements = tuple(self._statements())
        next_steps = tuple(self._next_steps())
        bands = tuple(self._bands())
        claims = self.keyed("claims", self._claims())
        missing_flags = set(RED_FLAGS) - {flag.flag for flag in red_flags.values()}
        if missing_flags:
            raise EditionError(f"red-flags: nothing said of {', '.join(sorted(missing_flags))}")
        everything = set(medicines) | set(options)
        return Edition(
            version=str(self.document["version"]),
            title=str(self.document["title"]),
            fingerprint=fingerprint(self.document),
            settings=settings,
            sources=self.sources,
            classes=classes,
            medicines=medicines,
            products=products,
            definitions=definitions,
            measurements=measurements,
            red_flags=red_flags,
            alerts=alerts,
            options=options,
            contraindications=contraindications,
            interactions=interactions,
            monitoring=monitoring,
            statements=statements,
            differences=differences,
            next_steps=next_steps,
            bands=bands,
            claims=claims,
            rules=self.rules,
            texts=self.texts,
            text_sources=self.text_sources,
            titles=self.titles,
            catalogue_codes=self.catalogue_codes,
            groups=self.groups,
            cells_by_code={code: self._cells_of(code, medicines, contraindications) for code in everything},
            effects_by_code={code: self._effects_on(code, interactions) for code in everything},
            pairs_of=self._pairs_of(interactions),
            lone_pairs=frozenset(number for number, row in enumerate(interactions) if len(row.members) == 1),
            measured={name: row for row in reversed(measurements) for name in row.facts},
            gates={code: self._gate_of(code, contraindications) for code in options},
            stand_ins={code: (self.groups[code] - frozenset(options)) | {code} for code in options},
        )

    @staticmethod
    def _cells_of(
        code: str, medicines: Mapping[str, CatalogueMedicine], rows: Sequence[Contraindication]
    ) -> dict[int, Cell]:
        known = medicines.get(code)
        column = known.column if known else None
        out = {}
        for number, row in enumerate(rows):
            cell = row.cells.get(code) or (row.cells.get(column) if column else None)
            if cell is not None:
                out[number] = cell
        return out

    @staticmethod
    def _pairs_of(rows: Sequence[Interaction]) -> dict[str, frozenset[int]]:
        out: dict[str, set[int]] = {}
        for number, row in enumerate(rows):
            for code in frozenset().union(*row.members):
                out.setdefault(code, set()).add(number)
        return {code: frozenset(numbers) for code, numbers in out.items()}

    @staticmethod
    def _gate_of(code: str, rows: Sequence[Contraindication]) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
        out: dict[str, tuple[str, list[int]]] = {}
        for number, row in enumerate(rows):
            if row.condition and code in row.cells:
                out.setdefault(f"condition:{row.condition}", (row.code, []))[1].append(number)
        return tuple((ref, rule, tuple(numbers)) for ref, (rule, numbers) in out.items())

    @staticmethod
    def _effects_on(
        code: str, rows: Sequence[Interaction]
    ) -> dict[int, tuple[tuple[int, ...], tuple[PairEffect, ...]]]:
        out = {}
        for number, row in enumerate(rows):
            sides = tuple(side for side, group in enumerate(row.members) if code in group)
            effects = tuple(effect for effect in row.effects if code in effect.on)
            if sides and effects:
                out[number] = (sides, effects)
        return out

    def _sources(self) -> Iterable[Source]:
        for row in self.each("sources"):
            code = row.text("code")
            self.rule(row, f"source:{code}", mark=None)
            yield Source(
                code, row.text("short", "") or code, row.text("citation"), row.integer("year"), row.text("url", ""),
                row.choice("verification", VERIFICATION), frozenset(row.strings("about")),
            )  # fmt: skip
            row.done()

    def _classes(self) -> Iterable[MedicineClass]:
        for row in self.each("classes"):
            yield MedicineClass(row.text("code"), row.text("name"), row.strings("within"), row.flag("cross_allergy"))
            row.done()

    @staticmethod
    def with_wider(row: _Row, names: Iterable[str], classes: Mapping[str, MedicineClass]) -> frozenset[str]:
        """The named classes and every class they lie within."""
        out: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name not in classes:
                raise row.fail(f"class {name} is not among the classes")
            if name not in out:
                out.add(name)
                left.extend(classes[name].within)
        return frozenset(out)

    def _medicines(self, classes: Mapping[str, MedicineClass]) -> Iterable[CatalogueMedicine]:
        for row in self.each("medicines"):
            made = CatalogueMedicine(
                code=row.text("code"),
                name=row.text("name"),
                other_codes=row.strings("other_codes"),
                brands=row.strings("brands"),
                classes=self.with_wider(row, row.strings("classes"), classes),
                column=row.text("column", "") or None,
                rxnorm=row.text("rxnorm", "") or None,
                lingers=row.integer("lingers"),
                allergy_also=frozenset(row.strings("allergy_also")),
                allergy_speaks_for=frozenset(row.strings("allergy_speaks_for")),
            )
            for name in made.allergy_also | made.allergy_speaks_for:
                if name not in classes:
                    raise row.fail(f"class {name} is not among the classes")
            for name in (made.code, *made.other_codes):
                if name in classes or name in self.catalogue_codes:
                    raise row.fail(f"the code {name} stands twice")
                self.catalogue_codes[name] = made.code
            self.rule(row, f"medicine:{made.code}", mark=None)
            if made.lingers is not None:
                self.lingering.add(made.code)
                self.rule(row, f"medicine:{made.code}/lingers", mark="lingers_verification")
            row.done()
            yield made

    def _products(self, medicines: Mapping[str, CatalogueMedicine]) -> Iterable[Product]:
        for row in self.each("products"):
            made = Product(row.text("code"), row.text("name"), row.strings("brands"), row.strings("contains"))
            if made.code in self.catalogue_codes:
                raise row.fail(f"the code {made.code} stands twice")
            if len(set(made.contains)) < 2:
                raise row.fail("contains at least two ingredients")
            for code in made.contains:
                if code not in medicines:
                    raise row.fail(f"{code} is not a medicine of the catalogue")
            row.done()
            yield made

    def _make_groups(self, classes: Mapping[str, MedicineClass], medicines: Mapping[str, CatalogueMedicine]) -> None:
        members: dict[str, set[str]] = {code: set() for code in classes}
        for medicine in medicines.values():
            for name in medicine.classes:
                members[name].add(medicine.code)
            if medicine.column:
                self.columns.setdefault(medicine.column, set()).add(medicine.code)
        option_codes = {str(body.get("code")) for body in self.rows.get("options", []) if isinstance(body, Mapping)}
        for code, found in members.items():
            # an intervention may be a whole class (`opioid`): choosing it counts as one of its members
            wider = {name for name in option_codes & set(classes) if code in self.with_wider(_NOWHERE, [name], classes)}
            self.groups[code] = frozenset(found | wider)
        for code in (*medicines, *option_codes - set(classes)):
            self.groups[code] = frozenset((code,))

    def _definitions(self) -> dict[str, Definition]:
        out: dict[str, Definition] = {}
        for row in self.each("definitions"):
            code = row.text("code")
            if code in out:
                raise row.fail("stands twice")
            out[code] = Definition(code, self.criterion(row, "when"))
            self.rule(row, f"definition:{code}", out[code].when)
            row.text("text", "")
            row.done()
            self.definition_names = frozenset(out)
        return out

    def _measurements(self) -> Iterable[Measurement]:
        for row in self.each("measurements"):
            code = row.text("code")
            facts = frozenset(row.strings("facts"))
            for name in facts:
                if name not in DICTIONARY:
                    raise row.fail(f"{name} is not a fact")
            always, strict = row.strings("always_for"), row.strings("strict_dose_for")
            made = Measurement(
                facts=facts,
                exempt_when=self.criterion(row, "exempt_when"),
                only_when=self.criterion(row, "only_when") if "only_when" in row.left else None,
                always_for=self.group(row, always) if always else frozenset(),
                strict_dose_for=self.group(row, strict) if strict else frozenset(),
            )
            self.rule(row, f"measurement:{code}", made.exempt_when)
            row.text("text", "")
            row.done()
            yield made

    def _red_flags(self) -> Iterable[RedFlag]:
        for row in self.each("red-flags"):
            code, sources = row.text("code"), self.cited(row)
            made = RedFlag(
                code=code,
                flag=row.choice("flag", RED_FLAGS),
                severity=row.choice("severity", SEVERITIES),
                title=row.text("title"),
                text=row.text("text"),
                ask=row.strings("ask"),
                sources=sources,
            )
            self.remember(row, code, made.text, sources, made.title)
            self.rule(row, f"red-flag:{code}")
            row.done()
            yield made

    def _alerts(self) -> Iterable[AlertRule]:
        for row in self.each("alerts"):
            code, sources = row.text("code"), self.cited(row)
            made = AlertRule(
                code=code,
                severity=row.choice("severity", SEVERITIES),
                title=row.text("title"),
                text=row.text("text"),
                when=self.criterion(row, "when") if "when" in row.left else None,
                resolved_when=self.criterion(row, "resolved_when") if "resolved_when" in row.left else None,
                sources=sources,
            )
            self.remember(row, code, made.text, sources, made.title)
            self.rule(row, f"alert:{code}", made.when)
            row.done()
            yield made

    def _differences(self) -> Iterable[Difference]:
        for row in self.each("differences"):
            code = row.text("code")
            self.rule(row, f"difference:{code}")
            yield Difference(
                code, row.text("topic"), row.text("seed"), row.text("others"), row.text("shown"), self.cited(row)
            )
            row.done()

    def _options(self, differences: Mapping[str, Difference]) -> Iterable[Option]:
        for row in self.each("options"):
            code, sources = row.text("code"), self.cited(row)
            sections = []
            for body in row.rows("sections"):
                part = row.part("sections", body)
                section = OptionSection(
                    part.choice("section", SECTIONS),
                    part.integer("line"),
                    self.criterion(part, "raised_when", c.ALWAYS),
                )
                self.rule(part, f"raised:{code}/{section.section}", section.raised_when, mark=None)
                sections.append(section)
                part.done()
            if not sections:
                raise row.fail("must stand in at least one section")
            why = []
            for number, body in enumerate(row.rows("why"), 1):
                part = row.part(f"why[{number}]", body)
                reason, text = part.text("code"), part.text("text")
                cited = self.cited(part) if "sources" in part.left else sources
                ref = self.remember(part, f"{code}:why:{number}", text, cited)
                why.append(Why(reason, ref, self.criterion(part, "when", c.ALWAYS), text, cited))
                self.rule(part, f"why:{code}/{reason}", why[-1].when, mark=None)
                part.done()
            if not why:
                raise row.fail("must say why (at least one reason)")
            differs = []
            for body in row.rows("differs"):
                part = row.part("differs", body)
                note = part.text("code")
                if note not in differences:
                    raise row.fail(f"difference {note} is not among the differences")
                differs.append((note, self.criterion(part, "when", c.ALWAYS)))
                self.rule(part, f"differs:{code}/{note}", differs[-1][1], mark=None)
                part.done()
            made = Option(
                code=code,
                name=row.text("name"),
                sections=tuple(sections),
                always_listed=row.flag("always_listed"),
                text=row.text("text"),
                patient_text=row.text("patient_text"),
                dose=row.text("dose", ""),
                why=tuple(why),
                differs=tuple(differs),
                sources=sources,
                needs_review_of_unrecognised=row.flag("needs_review_of_unrecognised"),
            )
            mark = self.rule(row, f"option:{code}")
            if made.dose:
                self.rule(row, f"option:{code}/dose", mark="dose_verification", above=mark)
            row.done()
            yield made

    def _contraindications(self, options: Mapping[str, Option]) -> Iterable[Contraindication]:
        targets = set(self.columns) | set(options) | {code for codes in self.columns.values() for code in codes}
        for row in self.each("contraindications"):
            code, sources = row.text("code"), self.cited(row)
            row_id = row.text("id", code)
            text, texts = row.text("text"), dict(row.mapping("texts"))
            when = self.criterion(row, "when", c.ALWAYS)
            mark = self.rule(row, f"contraindication:{row_id}", when)
            marks = row.part("marks", row.mapping("marks"))
            cells = {}
            for target, letter in row.mapping("cells").items():
                if target not in targets:
                    raise row.fail(f"{target} is neither a column nor an intervention")
                effect, label, dosed = self.effect(row, letter)
                own = " ".join(texts.pop(target, "").split())
                cited = self.cited_of(target, sources)
                ref = self.remember(row, f"{row_id}:{target}", f"{text} {own}".strip(), cited)
                if dosed and not own:
                    raise row.fail(f"{target} changes the dose and has no text that says how")
                dose_ref = self.remember(row, f"{ref}:dose", own, cited) if dosed else ""
                cells[target] = Cell(effect, label, ref, dose_ref)
                self.rule(marks, f"contraindication:{row_id}/{target}", mark=target, above=mark)
            marks.done()
            if texts:
                raise row.fail(f"texts for {', '.join(texts)} have no cell")
            if not cells:
                raise row.fail("has no cells")
            unknown_counts, condition = row.flag("unknown_counts"), row.text("condition", "")
            if condition and f"condition:{condition}" not in self.texts:
                self.remember(row, f"condition:{condition}", condition, sources)
            yield Contraindication(
                code=code,
                id=row_id,
                when=when,
                concern=row.choice("concern", CONCERNS, "patient"),
                unknown_counts=unknown_counts,
                condition=condition,
                cells=cells,
                sources=sources,
            )
            row.text("row", "")
            row.done()

    def _interactions(self) -> Iterable[Interaction]:
        for row in self.each("interactions"):
            code, sources = row.text("code"), self.cited(row)
            row_id = row.text("id", code)
            title, text = row.text("title"), row.text("text")
            members = tuple(self.group(row, names) for names in row.rows("members"))
            if not members:
                raise row.fail("must have members")
            stopped = row.choice("stopped", ("no", "also", "only"), "no")
            when = self.criterion(row, "when", c.ALWAYS)
            mark = self.rule(row, f"interaction:{row_id}", when)
            effects = []
            for number, body in enumerate(row.rows("effects"), 1):
                part = row.part(f"effects[{number}]", body)
                effect, label, _ = self.effect(part, part.text("effect"))
                sentence = part.text("text")
                effects.append(
                    PairEffect(
                        on=self.group(part, part.rows("affects")),
                        effect=effect,
                        label=label,
                        when=self.criterion(part, "when", c.ALWAYS),
                        ref=self.remember(part, f"{row_id}:{number}", sentence, sources),
                        text=sentence,
                    )
                )
                self.rule(part, f"interaction:{row_id}/{number}", effects[-1].when, above=mark)
                part.done()
            self.remember(row, row_id, text, sources, title)
            yield Interaction(
                code=code,
                id=row_id,
                members=members,
                when=when,
                stopped=stopped,
                lingers=tuple(stopped != "no" and bool(group & self.lingering) for group in members),
                replaced=row.choice("replaced", ("any", "exclude", "only"), "any"),
                alert=not row.flag("no_alert"),
                reaches_current=row.flag("reaches_current"),
                severity=row.choice("severity", SEVERITIES, "caution"),
                urgent_when=self.criterion(row, "urgent_when") if "urgent_when" in row.left else None,
                title=title,
                text=text,
                effects=tuple(effects),
                sources=sources,
            )
            row.done()

    def _monitoring(self, options: Mapping[str, Option]) -> Iterable[MonitoringRule]:
        for row in self.each("monitoring"):
            code, sources = row.text("code"), self.cited(row)
            row_id, text = row.text("id", code), row.text("text")
            days = row.rows("days")
            if not days or not all(type(day) is int and day >= 0 for day in days):
                raise row.fail("days must be whole numbers, 0 or more")
            names = row.rows("brought_by")
            brought_by = self.group(row, names) & frozenset(options) if names else frozenset()
            if names and not brought_by:
                raise row.fail("brought_by names nothing that can be chosen")
            when = self.criterion(row, "when", c.ALWAYS)
            mark = self.rule(row, f"monitoring:{row_id}", when)
            self.rule(row, f"monitoring:{row_id}/days", mark="days_verification", above=mark)
            yield MonitoringRule(
                code=code,
                id=self.remember(row, row_id, text, sources),
                brought_by=brought_by,
                new_only=row.flag("new_only"),
                when=when,
                days=tuple(days),
                text=text,
                sources=sources,
            )
            row.done()

    def _statements(self) -> Iterable[Statement]:
        for row in self.each("statements"):
            code, sources = row.text("code"), self.cited(row)
            row_id, text = row.text("id", code), row.text("text")
            when = self.criterion(row, "when", c.ALWAYS)
            self.rule(row, f"statement:{row_id}", when)
            yield Statement(
                code=code,
                id=self.remember(row, f"statement:{row_id}", text, sources),
                kind=row.choice("kind", STATEMENT_KINDS),
                when=when,
                text=text,
                patient_text=row.text("patient_text", ""),
                sources=sources,
            )
            row.done()

    def _next_steps(self) -> Iterable[NextStep]:
        for row in self.each("next-steps"):
            code, sources, text = row.text("code"), self.cited(row), row.text("text")
            row_id, when = row.text("id", code), self.criterion(row, "when")
            self.remember(row, row_id, text, sources)
            self.rule(row, f"next-step:{row_id}", when)
            yield NextStep(code=code, id=row_id, when=when, text=text, sources=sources)
            row.done()

    def _bands(self) -> Iterable[Band]:
        for row in self.each("bands"):
            fact, rules = row.text("fact"), row.strings("rules")
            known = COMPARABLE.get(fact)
            if known is None or known.kind not in ("integer", "number"):
                raise row.fail(f"{fact} is not a number among the facts")
            low, below = (row.left.pop(name, None) for name in ("from", "below"))
            if type(low) not in (int, float) or type(below) not in (int, float) or not low < below:
                raise row.fail("from and below must be numbers, the first smaller than the second")
            if len(rules) < 2:
                raise row.fail("must name at least two rules")
            for name in rules:
                if name not in self.rules or self.rules[name].when is None:
                    raise row.fail(f"{name} is not a rule with a condition")
            given = row.mapping("given")
            try:
                check(given)
            except FactError as error:
                raise row.fail(f"given: {error}") from error
            yield Band(row.text("code"), fact, low, below, given, rules)
            row.done()

    def _claims(self) -> Iterable[Claim]:
        for row in self.each("claims"):
            claim = Claim(
                code=row.text("code"),
                kind=row.choice("kind", CLAIM_KINDS),
                claim=row.text("claim"),
                stands=row.strings("stands"),
                left_out=row.choice("left_out", ("", *LEFT_OUT), ""),
                why=row.text("why", ""),
                corrected=row.text("corrected", ""),
            )
            if bool(claim.stands) is bool(claim.left_out):
                raise row.fail("must say either where it stands or why it is left out")
            if claim.left_out and not claim.why:
                raise row.fail("is left out and does not say why")
            row.done()
            yield claim


def read_edition(document: Mapping[str, Any]) -> Edition:
    """Read a document into an edition. Raises EditionError with the row and the reason."""
    try:
        return _Reader(document).read()
    except (TypeError, AttributeError, KeyError) as error:
        raise EditionError(f"edition: malformed ({error})") from error
