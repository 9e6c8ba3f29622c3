#!/usr/bin/env python3
"""Recomputes rankings and statistics of reviews apart from the platform, and says where a claim differs.

Reads one competition a line (JSON) on standard input: all sheets ever handed in, who left, which bids fell, and what is claimed of
them. Filters, computes in fractions, and compares: rankings, scores, rules, passing, normalised order, far totals exactly,
statistics to 1e-9. Exit status 0 and "N competitions agree", or 1 and every difference with its competition's number.

{ "criteria": [{"id", "weight", "minimum": null | number, "formula": null | "lowest_price"}], "trimFrom", "passMark": "70",
  "tieOrder": ["TECHNICAL_MEAN", ...], "seed": hex, "normaliseFrom", "deviationPoints": "20",
  "seats": [{"id", "left"}], "bids": [{"id", "funding": null | fen, "submittedAt": ms, "fell"}],
  "sheets": [{"seat", "bid", "marks": {criterion: "87.5"}, "abstained"}],
  "claims": {
    "ranking": [{"bid", "rank", "score": "87.67", "passed", "tieBrokenBy": null | rule}],
    "normalised": {"lines": [{"bid", "rank", "tieBrokenBy", "sum"?, "count"?}]} | {"why": "too_few_sheets" | "no_spread"},
    "alpha": number | {"why": "too_few" | "no_spread"}, "icc2k": number | {"why": "too_few" | "no_spread" | "incomplete"},
    "judges": [{"seat", "meanDeviation", "spread": null | number}],
    "stability": [{"seat", "firstStays", "mostPlaces", "samePass"} | {"seat", "skipped": true}],
    "far": [[seat, bid], ...], "ranges": [{"bid", "range": "12.5"}] } }

The ranking has to be claimed; of the rest, what is claimed is checked. "judges", "icc2k", "far", "stability" and "normalised" look
at the seats with a sheet that counts: who abstained from every bid rated nothing. Alpha, ICC and judges look at what the judges
gave, without computed marks; all else at whole totals.

Only the standard library of Python 3.8 or newer.
"""

import hashlib
import json
import math
import statistics
import sys
from collections import Counter
from fractions import Fraction

CLOSE = 1e-9


class Competition:
    """A competition as far as it counts."""

    def __init__(self, given):
        self.given = given
        self.criteria = given["criteria"]
        self.bids = {bid["id"]: bid for bid in given["bids"] if not bid["fell"]}
        self.seats = [seat["id"] for seat in given["seats"] if not seat["left"]]
        prices = [bid["funding"] for bid in self.bids.values() if bid["funding"] is not None]
        self.lowest = min(prices, default=None)
        # bid -> seat -> criterion -> mark, computed ones in the place of whatever a sheet holds
        self.marks = {bid: {} for bid in self.bids}
        # bid -> seat -> what the judge gave
        self.judged = {bid: {} for bid in self.bids}
        for sheet in given["sheets"]:
            bid, seat = sheet["bid"], sheet["seat"]
            if bid not in self.bids or seat not in self.seats or sheet["abstained"]:
                continue
            if seat in self.marks[bid]:
                raise ValueError(f"{seat} has two sheets for {bid}")
            self.marks[bid][seat] = {
                one["id"]: self.by_formula(one["formula"], bid) if one["formula"] else Fraction(sheet["marks"][one["id"]])
                for one in self.criteria
            }
            self.judged[bid][seat] = self.weigh(self.marks[bid][seat], lambda one: not one["formula"])

    def by_formula(self, formula, bid):
        if formula != "lowest_price":
            raise ValueError(f"{formula} is no formula")
        return half_up(Fraction(100) * self.lowest / self.bids[bid]["funding"], 2)

    def weigh(self, marks, which=lambda one: True):
        return sum((Fraction(one["weight"], 100) * marks[one["id"]] for one in self.criteria if which(one)), Fraction(0))

    def totals(self, bid, but=None):
        return {seat: self.weigh(marks) for seat, marks in self.marks[bid].items() if seat != but}

    def trimmed(self, values):
        """What is left of the values that make a score."""
        values = sorted(values)
        return values[1:-1] if len(values) >= max(3, self.given["trimFrom"]) else values

    def means(self, bid, but=None):
        """Each criterion's plain mean."""
        sheets = [marks for seat, marks in self.marks[bid].items() if seat != but]
        return {one["id"]: statistics.mean(sheet[one["id"]] for sheet in sheets) for one in self.criteria}

    def technical(self):
        judged = [one for one in self.criteria if not one["formula"]]
        return max(judged, key=lambda one: one["weight"])["id"]

    def keys(self, bid, but=None):
        """What separates equal scores, rule by rule: the smaller stands first."""
        facts = self.bids[bid]
        funding = facts["funding"]
        every = {
            "TECHNICAL_MEAN": lambda: -self.means(bid, but)[self.technical()],
            "SUM_OF_TOTALS": lambda: -sum(self.totals(bid, but).values()),
            "LOWER_FUNDING": lambda: math.inf if funding is None else funding,
            "EARLIER_SUBMISSION": lambda: facts["submittedAt"],
            "RECORDED_DRAW": lambda: hashlib.sha256(bytes.fromhex(self.given["seed"]) + bid.encode()).digest(),
        }
        return [every[rule]() for rule in self.given["tieOrder"]]

    def order(self, scores, but=None):
        """Best first: (bid, the rule that set it there or None)."""
        keys = {bid: (-scores[bid], *self.keys(bid, but)) for bid in scores}
        order = sorted(scores, key=keys.get)

        def rule(one, other):
            differs = [place for place, (a, b) in enumerate(zip(keys[one], keys[other])) if a != b][0]
            return self.given["tieOrder"][differs - 1] if differs else None

        told = []
        for place, bid in enumerate(order):
            above = rule(order[place - 1], bid) if place else None
            below = rule(bid, order[place + 1]) if place + 1 < len(order) else None
            told.append((bid, above or below))
        return told

    def raw_scores(self, but=None):
        return {bid: statistics.mean(self.trimmed(self.totals(bid, but).values())) for bid in self.bids}

    def passes(self, bid, score, but=None):
        means = self.means(bid, but)
        minima = [one for one in self.criteria if one["minimum"] is not None]
        return score >= Fraction(self.given["passMark"]) and all(means[one["id"]] >= one["minimum"] for one in minima)

    def ranking(self, but=None):
        scores = self.raw_scores(but)
        return [
            {"bid": bid, "rank": place, "score": text(half_up(scores[bid], 2)), "passed": self.passes(bid, scores[bid], but),
             "tieBrokenBy": rule}
            for place, (bid, rule) in enumerate(self.order(scores, but), 1)
        ]

    def normalised(self):
        units = {}  # seat -> bid -> total in 1/10000
        for bid in self.bids:
            for seat, total in self.totals(bid).items():
                units.setdefault(seat, {})[bid] = whole(total * 10000)
        if any(len(units.get(seat, {})) < self.given["normaliseFrom"] for seat in self.seats):
            return {"why": "too_few_sheets"}
        # Who gives every bid the same has no spread, whatever formulas add to it.
        if any(len({of[seat] for of in self.judged.values() if seat in of}) == 1 for seat in units):
            return {"why": "no_spread"}
        z = {}  # bid -> standard scores in millionths
        for of in units.values():
            n, total, squares = len(of), sum(of.values()), sum(x * x for x in of.values())
            v = n * squares - total * total
            if v == 0:
                return {"why": "no_spread"}
            for bid, x in of.items():
                d = n * x - total
                root = math.isqrt(d * d * 10**12 // v)
                z.setdefault(bid, []).append(root if d >= 0 else -root)
        left = {bid: self.trimmed(values) for bid, values in z.items()}
        scores = {bid: Fraction(sum(values), len(values)) for bid, values in left.items()}
        return {"lines": [
            {"bid": bid, "rank": place, "tieBrokenBy": rule, "sum": sum(left[bid]), "count": len(left[bid])}
            for place, (bid, rule) in enumerate(self.order(scores), 1)
        ]}

    def units(self):
        """What the judges gave each bid."""
        return [list(of.values()) for of in self.judged.values()]

    def alpha(self):
        """By the matrix of coincidences."""
        units = [unit for unit in self.units() if len(unit) > 1]
        if len(units) < 2:
            return {"why": "too_few"}
        coincidences = Counter()
        for unit in units:
            for i, a in enumerate(unit):
                for j, b in enumerate(unit):
                    if i != j:
                        coincidences[a, b] += Fraction(1, len(unit) - 1)
        margins = Counter()
        for (a, _), weight in coincidences.items():
            margins[a] += weight
        n = sum(margins.values())
        observed = sum(weight * (a - b) ** 2 for (a, b), weight in coincidences.items())
        expected = sum(margins[a] * margins[b] * (a - b) ** 2 for a in margins for b in margins)
        return 1 - (n - 1) * observed / expected if expected else {"why": "no_spread"}

    def icc2k(self):
        """By the mean squares of a two-way analysis of variance."""
        seats = self.heard()
        n, k = len(self.bids), len(seats)
        if n < 2 or k < 2:
            return {"why": "too_few"}
        if any(len(of) < k for of in self.judged.values()):
            return {"why": "incomplete"}
        table = [[of[seat] for seat in seats] for of in self.judged.values()]
        bid_means = [statistics.mean(row) for row in table]
        judge_means = [statistics.mean(column) for column in zip(*table)]
        grand = statistics.mean(bid_means)
        bms = k * sum((mean - grand) ** 2 for mean in bid_means) / (n - 1)
        jms = n * sum((mean - grand) ** 2 for mean in judge_means) / (k - 1)
        rest = sum(
            (x - bid_means[i] - judge_means[j] + grand) ** 2 for i, row in enumerate(table) for j, x in enumerate(row)
        )
        ems = rest / ((n - 1) * (k - 1))
        below = bms + (jms - ems) / n
        return (bms - ems) / below if below > 0 else {"why": "no_spread"}

    def judges(self):
        lines = {}
        for seat in self.heard():
            own = {bid: of[seat] for bid, of in self.judged.items() if seat in of}
            away = [total - statistics.mean(self.judged[bid].values()) for bid, total in own.items()]
            spread = math.sqrt(statistics.variance(own.values())) if len(own) > 1 else None
            lines[seat] = {"meanDeviation": statistics.mean(away), "spread": spread}
        return lines

    def heard(self):
        """The seats with a sheet that counts."""
        return [seat for seat in self.seats if any(seat in of for of in self.marks.values())]

    def stability(self):
        before = self.ranking()
        lines = {}
        for seat in self.heard():
            if any(set(of) == {seat} for of in self.marks.values()):
                lines[seat] = {"skipped": True}
                continue
            after = self.ranking(seat)
            places, passed = ({line["bid"]: line[what] for line in after} for what in ("rank", "passed"))
            lines[seat] = {
                "firstStays": after[0]["bid"] == before[0]["bid"],
                "mostPlaces": max(abs(places[line["bid"]] - line["rank"]) for line in before),
                "samePass": all(passed[line["bid"]] == line["passed"] for line in before),
            }
        return lines

    def far(self):
        most = Fraction(self.given["deviationPoints"])
        found = set()
        for bid in self.bids:
            totals = self.totals(bid)
            middle = statistics.median(totals.values())
            found |= {(seat, bid) for seat, total in totals.items() if abs(total - middle) > most}
        return found

    def ranges(self):
        return {bid: max(self.totals(bid).values()) - min(self.totals(bid).values()) for bid in self.bids}


def half_up(value, places):
    return Fraction(math.floor(value * 10**places + Fraction(1, 2)), 10**places)


def whole(value):
    if value.denominator != 1:
        raise ValueError(f"{value} is no whole number")
    return value.numerator


def text(value):
    hundredths = whole(value * 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def near(claimed, found):
    if isinstance(found, dict) or found is None:
        return type(claimed) is type(found) and claimed == found
    return type(claimed) in (int, float) and abs(claimed - float(found)) <= CLOSE


def by(key, lines):
    """Lines by their key, which is taken out of them."""
    found = {line[key]: {name: value for name, value in line.items() if name != key} for line in lines}
    if len(found) != len(lines):
        raise ValueError(f"two claims of one {key}")
    return found


def differences(given):
    competition, claims = Competition(given), dict(given["claims"])

    def line_by_line(what, claimed, found, same=lambda a, b: type(a) is type(b) and a == b):
        for key in sorted(set(claimed) | set(found)):
            if key not in claimed or key not in found:
                yield f"{what} of {key}: {'not claimed' if key in found else 'claimed, and there is none'}"
                continue
            names = set(claimed[key]) | set(found[key])
            for name in sorted(names):
                one, other = (side[key].get(name, "nothing") for side in (claimed, found))
                if not same(one, other):
                    yield f"{what} of {key}: {name} is claimed as {one}, found as {other}"

    if "ranking" not in claims:
        yield "no ranking is claimed"
    else:
        yield from line_by_line("ranking", by("bid", claims.pop("ranking")), by("bid", competition.ranking()))
    if "normalised" in claims:
        claimed, found = claims.pop("normalised"), competition.normalised()
        if "lines" not in claimed or "lines" not in found:
            if claimed != found:
                yield f"normalised is claimed as {claimed}, found as {found}"
        else:
            lines = by("bid", claimed["lines"])
            found = by("bid", found["lines"])
            for bid in set(found) & set(lines):
                for name in {"sum", "count"} - set(lines[bid]):
                    del found[bid][name]
            yield from line_by_line("normalised", lines, found)
    for name in ("alpha", "icc2k"):
        if name in claims:
            claimed, found = claims.pop(name), getattr(competition, name)()
            if not near(claimed, found):
                yield f"{name} is claimed as {claimed}, found as {found}"
    if "judges" in claims:
        yield from line_by_line("judges", by("seat", claims.pop("judges")), competition.judges(), near)
    if "stability" in claims:
        yield from line_by_line("stability", by("seat", claims.pop("stability")), competition.stability())
    if "far" in claims:
        claimed, found = {(seat, bid) for seat, bid in claims.pop("far")}, competition.far()
        for pair in sorted(claimed ^ found):
            yield f"far: {pair} is {'not ' if pair in found else ''}claimed, and {'not ' if pair in claimed else ''}found"
    if "ranges" in claims:
        claimed = {line["bid"]: {"range": Fraction(line["range"])} for line in claims.pop("ranges")}
        yield from line_by_line("ranges", claimed, {bid: {"range": most} for bid, most in competition.ranges().items()})
    for name in sorted(claims):
        yield f"nobody knows how to check {name}"


def main():
    competitions = bad = 0
    for line in sys.stdin:
        if not line.strip():
            continue
        competitions += 1
        try:
            found = list(differences(json.loads(line)))
        except (ArithmeticError, LookupError, TypeError, ValueError) as fault:
            found = [f"cannot be recomputed: {fault!r}"]
        for difference in found:
            print(f"competition {competitions}: {difference}")
        bad += bool(found)
    if bad or not competitions:
        print(f"{bad} of {competitions} competitions differ")
        return 1
    print(f"{competitions} competitions agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
