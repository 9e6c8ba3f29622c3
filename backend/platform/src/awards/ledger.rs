//! What binds a winner and its demander: the notice's indicators, money and time, and what the bid has committed to. What is agreed later
//! is the same or stricter (招标投标法 46, 实施条例 57; domain rules 2.9, 2.10). Pure.

use serde::{Deserialize, Serialize};

use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::IndicatorId;
use crate::base::words::Comparator;
use crate::base::{Decimal, Faults, Fen};
use crate::bids::solution::{Commitment, Solution};
use crate::challenges;
use crate::challenges::model::{self, indicator};

/// What is offered or agreed, as it comes in; what is not given stays as it binds already.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewOffer {
    /// In 分.
    pub funding: Option<String>,
    pub duration_months: Option<i32>,
    pub indicators: Vec<NewValue>,
    /// What else is talked over: milestones, site and data, who owns what.
    pub text: Option<String>,
}

/// A value for one indicator, as it comes in.
#[derive(Clone, Debug, Serialize)]
pub struct NewValue {
    pub indicator_id: String,
    pub value: String,
}

/// What is offered or agreed, well formed and no weaker than what binds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Offer {
    pub funding: Option<Fen>,
    pub duration_months: Option<i32>,
    pub indicators: Vec<Value>,
    pub text: Option<String>,
}
crate::db::json_value!(Offer);

/// A value for one indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Value {
    pub indicator: IndicatorId,
    pub value: Decimal,
}

/// One line of the ledger: an indicator of the notice, and what holds for it.
#[derive(Clone, Debug)]
pub struct Line {
    indicator: indicator::Model,
    /// What the bid has committed to.
    committed: Option<Decimal>,
    /// What binds: that, or what has been agreed since.
    binds: Option<Decimal>,
}

/// All that binds.
#[derive(Clone, Debug)]
pub struct Ledger {
    lines: Vec<Line>,
    budget: Fen,
    funding: Fen,
    months: i32,
}

impl Ledger {
    /// As notice and bid have it.
    pub(crate) fn of(challenge: &model::Model, indicators: Vec<indicator::Model>, bid: &Solution) -> Self {
        let committed = |id: IndicatorId| {
            let found: Option<&Commitment> = bid.commitments.iter().find(|commitment| commitment.indicator == id);
            found.map(|commitment| commitment.value)
        };
        let line = |indicator: indicator::Model| {
            let committed = committed(indicator.id);
            Line { committed, binds: committed, indicator }
        };
        let budget = challenge.budget_total.unwrap_or(Fen(0));
        Self {
            lines: indicators.into_iter().map(line).collect(),
            budget,
            funding: bid.requested_funding.unwrap_or(budget).min(budget),
            months: challenge.duration_months.unwrap_or(i32::MAX),
        }
    }

    /// The same once this has been agreed.
    pub(crate) fn with(mut self, offer: &Offer) -> Self {
        self.funding = offer.funding.unwrap_or(self.funding);
        self.months = offer.duration_months.unwrap_or(self.months);
        for line in &mut self.lines {
            let agreed = offer.indicators.iter().find(|value| value.indicator == line.indicator.id);
            line.binds = agreed.map(|value| value.value).or(line.binds);
        }
        self
    }

    /// What is to be paid at most, in 分.
    pub(crate) fn funding(&self) -> Fen {
        self.funding
    }

    /// How long it takes at most.
    pub(crate) fn months(&self) -> i32 {
        self.months
    }

    /// Each indicator with what the bid has committed to and what binds now: where nothing was committed to, the notice's target.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (IndicatorId, Option<Decimal>, Decimal)> {
        let binds = |line: &Line| line.binds.unwrap_or(line.indicator.target);
        self.lines.iter().map(move |line| (line.indicator.id, line.committed, binds(line)))
    }

    /// Reads what is offered or agreed; names all that is weaker, dearer or later than what binds.
    pub(crate) fn read(&self, new: &NewOffer, under: &str, faults: &mut Faults) -> Offer {
        let at = |name: &str| format!("{under}{name}");
        let funding = new.funding.as_deref().and_then(|text| faults.money(&at("funding"), text));
        if let Some(funding) = funding {
            if funding > self.budget {
                faults.add_with(at("funding"), FaultCode::AboveBudget, self.budget.0);
            } else if funding > self.funding {
                faults.add_with(at("funding"), FaultCode::AboveBid, self.funding.0);
            }
            faults.check(funding > Fen(0), at("funding"), FaultCode::OutOfRange);
        }
        if let Some(months) = new.duration_months {
            if months > self.months {
                faults.add_with(at("durationMonths"), FaultCode::LongerThanNotice, self.months);
            }
            faults.check(months > 0, at("durationMonths"), FaultCode::OutOfRange);
        }
        let text = faults.optional(&at("text"), new.text.as_deref(), Length::TEXT).filter(|text| !text.is_empty());
        Offer {
            funding,
            duration_months: new.duration_months,
            indicators: self.values(&new.indicators, &at("indicators"), faults),
            text,
        }
    }

    fn values(&self, given: &[NewValue], path: &str, faults: &mut Faults) -> Vec<Value> {
        if given.len() > self.lines.len() {
            faults.add_with(path, FaultCode::TooMany, self.lines.len());
            return Vec::new();
        }
        let mut values: Vec<Value> = Vec::new();
        for (place, new) in given.iter().enumerate() {
            let at = |name: &str| format!("{path}.{place}.{name}");
            let id = faults.id::<IndicatorId>(&at("indicatorId"), &new.indicator_id);
            let value = faults.decimal(&at("value"), &new.value);
            let (Some(id), Some(value)) = (id, value) else { continue };
            match self.lines.iter().find(|line| line.indicator.id == id) {
                None => faults.add(at("indicatorId"), FaultCode::Unknown),
                Some(_) if values.iter().any(|known| known.indicator == id) => {
                    faults.add(at("indicatorId"), FaultCode::Duplicate);
                }
                Some(line) => {
                    if let Some(code) = line.refuses(value) {
                        let binds = line.binds.unwrap_or(line.indicator.target);
                        let figure = if code == FaultCode::WeakerThanBid { binds } else { line.indicator.target };
                        faults.add_with(at("value"), code, figure);
                    }
                    values.push(Value { indicator: id, value });
                }
            }
        }
        values
    }
}

impl Line {
    /// Why a value may not be agreed; none where it may.
    fn refuses(&self, value: Decimal) -> Option<FaultCode> {
        if self.indicator.mandatory && !challenges::meets(&self.indicator, value) {
            return Some(FaultCode::WeakerThanTarget);
        }
        let binds = self.binds?;
        let held = no_weaker(self.indicator.comparator, self.indicator.target, binds, value);
        (!held).then_some(FaultCode::WeakerThanBid)
    }
}

/// Whether a value is no weaker than what binds. What is to be met about or exactly is stricter the nearer it lies to the target.
pub(crate) fn no_weaker(comparator: Comparator, target: Decimal, binds: Decimal, value: Decimal) -> bool {
    let (target, binds, value) = (target.inner(), binds.inner(), value.inner());
    match comparator {
        Comparator::Gte | Comparator::Gt => value >= binds,
        Comparator::Lte | Comparator::Lt => value <= binds,
        Comparator::Eq | Comparator::Approx => (value - target).abs() <= (binds - target).abs(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::{ChallengeId, Kind};

    fn line(comparator: Comparator, target: i64, mandatory: bool, committed: Option<i64>) -> Line {
        let indicator = indicator::Model {
            id: IndicatorId::new(),
            challenge_id: ChallengeId::new(),
            position: 1,
            name: "响应时间".to_owned(),
            unit: "秒".to_owned(),
            comparator,
            target: Decimal::whole(target),
            tolerance: (comparator == Comparator::Approx).then(|| Decimal::whole(5)),
            test_method: String::new(),
            mandatory,
            weight: 1,
            amended_at: None,
        };
        let committed = committed.map(Decimal::whole);
        Line { indicator, committed, binds: committed }
    }

    fn ledger(line: Line) -> Ledger {
        Ledger { lines: vec![line], budget: Fen(1_000), funding: Fen(800), months: 12 }
    }

    fn offer(ledger: &Ledger, value: i64) -> Faults {
        let id = ledger.lines[0].indicator.id.to_string();
        let indicators = vec![NewValue { indicator_id: id, value: value.to_string() }];
        let mut faults = Faults::new();
        ledger.read(&NewOffer { indicators, ..NewOffer::default() }, "", &mut faults);
        faults
    }

    #[test]
    fn money_and_time_only_shrink() {
        let ledger = ledger(line(Comparator::Gte, 90, true, Some(95)));
        let read = |funding: i64, months: i32| {
            let mut faults = Faults::new();
            let new =
                NewOffer { funding: Some(funding.to_string()), duration_months: Some(months), ..NewOffer::default() };
            ledger.read(&new, "offer.", &mut faults);
            match faults.done() {
                Ok(()) => Vec::new(),
                Err(crate::base::Error::Invalid(fields)) => {
                    fields.into_iter().map(|field| (field.path, field.code)).collect()
                }
                Err(other) => panic!("{other}"),
            }
        };
        assert!(read(800, 12).is_empty() && read(1, 1).is_empty());
        let funding = "offer.funding".to_owned();
        assert_eq!(read(801, 12), [(funding.clone(), FaultCode::AboveBid)]);
        assert_eq!(read(1_001, 12), [(funding.clone(), FaultCode::AboveBudget)]);
        assert_eq!(read(0, 12), [(funding, FaultCode::OutOfRange)]);
        assert_eq!(read(800, 13), [("offer.durationMonths".to_owned(), FaultCode::LongerThanNotice)]);
    }

    #[test]
    fn an_optional_indicator_may_stay_where_the_bid_had_it_and_no_weaker() {
        let ledger = ledger(line(Comparator::Gte, 90, false, Some(80)));
        assert!(offer(&ledger, 80).is_empty() && offer(&ledger, 85).is_empty());
        assert!(!offer(&ledger, 79).is_empty());
    }

    proptest! {
        /// By another way than the code: a stricter promise allows only outcomes that the weaker one allows too.
        #[test]
        fn stricter_allows_fewer_outcomes(
            which in 0..Comparator::ALL.len(), target in -50i64..50, binds in -50i64..50, value in -50i64..50,
        ) {
            let comparator = Comparator::ALL[which];
            // What outcomes a promise of `value` lets pass.
            let allows = |promise: i64, outcome: i64| match comparator {
                Comparator::Gte | Comparator::Gt => outcome >= promise,
                Comparator::Lte | Comparator::Lt => outcome <= promise,
                Comparator::Eq | Comparator::Approx => (outcome - target).abs() <= (promise - target).abs(),
            };
            let fewer = (-200..200).all(|outcome| !allows(value, outcome) || allows(binds, outcome));
            let found = no_weaker(comparator, Decimal::whole(target), Decimal::whole(binds), Decimal::whole(value));
            prop_assert_eq!(found, fewer);
        }

        /// Whatever is agreed step by step, the end is no weaker than the beginning, and a mandatory target is met.
        #[test]
        fn steps_never_lead_back(
            which in 0..4usize, committed in 0i64..100, target in 0i64..100, mandatory: bool,
            steps in proptest::collection::vec(0i64..100, 0..12),
        ) {
            let comparator = Comparator::ALL[which];
            let mut now = ledger(line(comparator, target, mandatory, Some(committed)));
            for step in steps {
                if offer(&now, step).is_empty() {
                    let value = Value { indicator: now.lines[0].indicator.id, value: Decimal::whole(step) };
                    now = now.with(&Offer { indicators: vec![value], ..Offer::default() });
                    let line = &now.lines[0];
                    prop_assert!(no_weaker(comparator, Decimal::whole(target), Decimal::whole(committed), Decimal::whole(step)));
                    prop_assert!(!mandatory || challenges::meets(&line.indicator, Decimal::whole(step)));
                }
            }
        }
    }
}
