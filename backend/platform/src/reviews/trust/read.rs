//! Reading how far a panel can be trusted, once its round has ended: the viewer first, in batches.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::access::Viewer;
use crate::access::reviews::{self as policy, Seat};
use crate::base::id::{BidId, ChallengeId, SeatId, SheetId, UserId};
use crate::base::{Decimal, Error, Result};
use crate::challenges::read::CriterionView;
use crate::db::Conn;
use crate::reviews::marks::{self, Criterion, Total};
use crate::reviews::model::sheet;
use crate::reviews::ranking::Without;
use crate::reviews::statistics::{self, Untold};
use crate::reviews::{read, store};
use crate::{bids, challenges, rules};

/// How the judges of a panel agree, once the round has ended.
#[derive(Clone, Debug)]
pub struct StatisticsView {
    /// Krippendorff's α over the totals, or why there is none.
    pub alpha: std::result::Result<f64, Untold>,
    /// ICC(2,k) over the totals, or why there is none.
    pub icc2k: std::result::Result<f64, Untold>,
    /// How many totals it looks at.
    pub ratings: u64,
    pub judges: Vec<JudgeTold>,
    /// Krippendorff's α over the marks of each criterion that judges mark.
    pub criteria: Vec<(CriterionView, std::result::Result<f64, Untold>)>,
    /// The bids with a total far from the panel's median.
    pub disagreements: Vec<DisagreementView>,
    /// Why there is no normalised ranking.
    pub unnormalised: Option<String>,
}

/// What is told of one judge.
#[derive(Clone, Debug)]
pub struct JudgeTold {
    /// To those who are told whose sheet is whose.
    pub judge: Option<UserId>,
    /// How far the totals lie above the panel's mean of the same bid, on average, in points.
    pub mean_deviation: f64,
    /// The standard deviation of the totals, in points; none of fewer than two.
    pub spread: Option<f64>,
    /// What the raw ranking would be without this judge; none where a bid would be left without a sheet.
    pub without: Option<Without>,
}

/// A bid on which the judges are far apart.
#[derive(Clone, Debug)]
pub struct DisagreementView {
    pub bid: BidId,
    /// From the lowest total to the highest.
    pub range: Decimal,
    /// Whether everybody whose total lies far from the median has said why.
    pub explained: bool,
}

/// A total that lies far from the panel's median.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FarOff {
    /// How far above it, in points; below it where negative.
    pub(crate) by: Decimal,
}

/// The sheets that count of closed reviews, by challenge and bid.
struct Closed {
    sheets: HashMap<ChallengeId, BTreeMap<BidId, Vec<sheet::Model>>>,
    criteria: HashMap<ChallengeId, Vec<CriterionView>>,
    points: HashMap<ChallengeId, i64>,
}

impl Closed {
    /// All of them, or those for these bids.
    async fn read(conn: &impl Conn, ids: &[ChallengeId], bids: Option<&[BidId]>) -> Result<Self> {
        let mut sheets: HashMap<ChallengeId, BTreeMap<BidId, Vec<sheet::Model>>> = HashMap::new();
        if ids.is_empty() {
            return Ok(Self { sheets, criteria: HashMap::new(), points: HashMap::new() });
        }
        let count: HashSet<BidId> = bids::ranked(conn, ids).await?.into_iter().map(|(_, bid, _)| bid).collect();
        for sheet in store::counting(conn, ids, bids).await?.into_iter().filter(|sheet| count.contains(&sheet.bid_id)) {
            sheets.entry(sheet.challenge_id).or_default().entry(sheet.bid_id).or_default().push(sheet);
        }
        let rules = rules::of_challenges(conn, ids.iter().copied()).await?;
        let points = |(id, rules): (ChallengeId, rules::FrozenRules)| {
            (id, i64::from(rules.resolved.deviation_points) * Total::POINT)
        };
        Ok(Self {
            sheets,
            criteria: challenges::read::criteria(conn, ids).await?,
            points: rules.into_iter().map(points).collect(),
        })
    }

    fn criteria(&self, challenge: ChallengeId) -> &[CriterionView] {
        self.criteria.get(&challenge).map(Vec::as_slice).unwrap_or_default()
    }

    /// The totals that judges gave a bid, each with its sheet.
    fn totals(&self, challenge: ChallengeId, sheets: &[sheet::Model]) -> Result<Vec<Total>> {
        let scheme = self.scheme(challenge)?;
        sheets.iter().map(|sheet| marks::judged_total(&scheme, &sheet.marks.marks())).collect()
    }

    /// A mark that a formula gives is the same on all sheets of a bid, and no judgement of theirs.
    fn scheme(&self, challenge: ChallengeId) -> Result<Vec<Criterion>> {
        let number = |value: i32| u32::try_from(value).map_err(|fault| Error::Internal(fault.into()));
        let criterion = |one: &CriterionView| {
            let (weight, minimum) = (number(one.weight)?, one.minimum.map(number).transpose()?);
            Ok(Criterion { id: one.id, weight, minimum, formula: one.price_formula })
        };
        self.criteria(challenge).iter().map(criterion).collect()
    }

    /// Whose totals lie far from the median of the same bid.
    fn far_off(&self, challenge: ChallengeId) -> Result<HashMap<SheetId, FarOff>> {
        let points = self.points.get(&challenge).copied().unwrap_or(i64::MAX);
        let mut far = HashMap::new();
        for sheets in self.sheets.get(&challenge).into_iter().flat_map(BTreeMap::values) {
            let totals = self.totals(challenge, sheets)?;
            for (sheet, by) in sheets.iter().zip(statistics::far_from_median(&totals, points)) {
                far.extend(by.map(|by| (sheet.id, FarOff { by })));
            }
        }
        Ok(far)
    }
}

/// Those of these challenges whose round has ended.
async fn closed(conn: &impl Conn, ids: &[ChallengeId]) -> Result<Vec<ChallengeId>> {
    let records = challenges::panels(conn, ids).await?;
    Ok(records.into_iter().filter(|record| record.closed_at.is_some()).map(|record| record.challenge_id).collect())
}

/// The sheets for these bids of closed reviews whose totals lie far from their panel's.
pub(crate) async fn far_off(conn: &impl Conn, ids: &[ChallengeId], bids: &[BidId]) -> Result<HashMap<SheetId, FarOff>> {
    let ids = closed(conn, ids).await?;
    let closed = Closed::read(conn, &ids, Some(bids)).await?;
    let mut far = HashMap::new();
    for id in ids {
        far.extend(closed.far_off(id)?);
    }
    Ok(far)
}

/// How the judges of these panels agree: for organizers and supervisors once the round has ended, for everybody after the award.
pub async fn statistics(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, StatisticsView>> {
    let places = read::places(conn, ids).await?;
    let records = challenges::panels(conn, ids).await?.into_iter().filter(|record| {
        places.get(&record.challenge_id).is_some_and(|place| {
            let sight = policy::panel_sight(viewer, place.department, Seat::None, record.seed.is_some());
            policy::sees_statistics(sight, record.closed_at.is_some(), place.awarded)
        })
    });
    let records: Vec<_> = records.collect();
    let told: Vec<ChallengeId> = records.iter().map(|record| record.challenge_id).collect();
    let closed = Closed::read(conn, &told, None).await?;
    let mut views = HashMap::new();
    for record in records {
        let id = record.challenge_id;
        let named = places.get(&id).is_some_and(|place| policy::sees_judges(viewer, place.department));
        let without: Vec<Without> =
            record.stability.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
        views.insert(id, closed.view(id, named, &without, record.unnormalised)?);
    }
    Ok(views)
}

impl Closed {
    fn view(
        &self,
        id: ChallengeId,
        named: bool,
        without: &[Without],
        unnormalised: Option<String>,
    ) -> Result<StatisticsView> {
        let none = BTreeMap::new();
        let by_bid = self.sheets.get(&id).unwrap_or(&none);
        let mut seats: BTreeMap<SeatId, UserId> = BTreeMap::new();
        for sheet in by_bid.values().flatten() {
            seats.insert(sheet.seat_id, sheet.judge_id);
        }
        // One row a judge, one column a bid.
        let table = |of: &dyn Fn(&sheet::Model) -> Option<i64>| -> Vec<Vec<Option<i64>>> {
            let cell = |seat: &SeatId, sheets: &Vec<sheet::Model>| {
                sheets.iter().find(|sheet| sheet.seat_id == *seat).and_then(of)
            };
            seats.keys().map(|seat| by_bid.values().map(|sheets| cell(seat, sheets)).collect()).collect()
        };
        let (criteria, far) = (self.criteria(id), self.far_off(id)?);
        let mut given: HashMap<SheetId, Total> = HashMap::new();
        for sheets in by_bid.values() {
            given.extend(sheets.iter().map(|sheet| sheet.id).zip(self.totals(id, sheets)?));
        }
        let totals = table(&|sheet| given.get(&sheet.id).map(|total| total.0));
        let shapes = statistics::judges(&totals);
        let judges = seats.iter().zip(shapes).map(|((seat, judge), shape)| JudgeTold {
            judge: Some(*judge).filter(|_| named),
            mean_deviation: shape.mean_deviation,
            spread: shape.spread,
            without: without.iter().find(|one| one.seat == *seat).cloned(),
        });
        let judged = criteria.iter().filter(|criterion| criterion.price_formula.is_none());
        let by_criterion = judged.map(|criterion| {
            let marks = table(&|sheet| Some(sheet.marks.0.get(&criterion.id)?.score.units()));
            (criterion.clone(), statistics::krippendorff_alpha(&marks))
        });
        let of = |sheets: &[sheet::Model]| -> Vec<Total> {
            sheets.iter().filter_map(|sheet| given.get(&sheet.id).copied()).collect()
        };
        let disagreements = by_bid.iter().filter_map(|(bid, sheets)| {
            let mut apart = sheets.iter().filter(|sheet| far.contains_key(&sheet.id)).peekable();
            apart.peek()?;
            Some(DisagreementView {
                bid: *bid,
                range: statistics::range(&of(sheets)).decimal(),
                explained: apart.all(|sheet| sheet.explained.is_some()),
            })
        });
        let mut judges: Vec<JudgeTold> = judges.collect();
        if !named {
            // The order of the seats is that of the panel's names.
            judges.sort_by(|a, b| a.mean_deviation.total_cmp(&b.mean_deviation));
        }
        Ok(StatisticsView {
            alpha: statistics::krippendorff_alpha(&totals),
            icc2k: statistics::icc2k(&totals),
            ratings: by_bid.values().map(|sheets| sheets.len() as u64).sum(),
            judges,
            criteria: by_criterion.collect(),
            disagreements: disagreements.collect(),
            unnormalised,
        })
    }
}
