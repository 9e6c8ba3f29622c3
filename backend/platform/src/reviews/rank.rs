//! From rows to rankings: what counts is read here and nowhere else, so that whoever ranks, and whenever, ranks the same.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use super::ranking::{self, Contender, Ranked, Scheme, Unnormalised, Without};
use super::{sheet, store};
use crate::base::id::{BidId, SeatId};
use crate::base::words::RankingBasis;
use crate::base::{Error, Result};
use crate::db::Conn;
use crate::{bids, challenges, rules};

/// The ranking that decides and those that stand beside it.
#[derive(Clone, Debug)]
pub(super) struct Rankings {
    decided_by: RankingBasis,
    all: BTreeMap<RankingBasis, Vec<Ranked>>,
    unnormalised: Option<Unnormalised>,
    stability: Vec<Without>,
}

impl Rankings {
    /// The ranking that decides.
    pub(super) fn decides(&self) -> &[Ranked] {
        self.all.get(&self.decided_by).map(Vec::as_slice).unwrap_or_default()
    }

    /// By what it is made.
    pub(super) fn decided_by(&self) -> RankingBasis {
        self.decided_by
    }

    /// The others.
    pub(super) fn beside(&self) -> impl Iterator<Item = (RankingBasis, &[Ranked])> {
        let others = self.all.iter().filter(|(basis, _)| **basis != self.decided_by);
        others.map(|(basis, lines)| (*basis, lines.as_slice()))
    }

    /// Why there is no normalised one.
    pub(super) fn unnormalised(&self) -> Option<String> {
        self.unnormalised.map(|why| why.word().to_owned())
    }

    /// What the raw ranking would be without each judge.
    pub(super) fn stability(&self) -> &[Without] {
        &self.stability
    }

    /// Whether any bid could win.
    pub(super) fn any_passes(&self) -> bool {
        self.decides().iter().any(|one| one.passed)
    }

    /// Whether this bid passes.
    pub(super) fn passes(&self, bid: BidId) -> Result<bool> {
        let line = self.decides().iter().find(|one| one.bid == bid);
        Ok(line.with_context(|| format!("{bid} was not ranked"))?.passed)
    }

    /// As facts of an event.
    pub(super) fn facts(&self) -> Value {
        let line = |one: &Ranked| {
            json!({
                "bid": one.bid, "rank": one.rank, "sum": one.score.sum, "count": one.score.count, "passed": one.passed,
                "tieBrokenBy": one.tie_broken_by,
            })
        };
        let beside: BTreeMap<&str, Vec<Value>> =
            self.beside().map(|(basis, lines)| (basis.word(), lines.iter().map(line).collect())).collect();
        json!({
            "decidedBy": self.decided_by, "ranking": self.decides().iter().map(line).collect::<Value>(), "beside": beside,
            "unnormalised": self.unnormalised,
        })
    }
}

/// What a challenge's bids are ranked from.
pub(super) struct Field {
    criteria: Vec<super::marks::Criterion>,
    rules: rules::Resolved,
    judges: usize,
    contenders: Vec<Contender>,
    agreed: Vec<Contender>,
}

impl Field {
    /// Reads what counts for these bids: the sheets with marks of judges who sit, and what the panel agreed on.
    pub(super) async fn read(
        conn: &impl Conn,
        of: &challenges::model::Model,
        rows: &[bids::model::Model],
    ) -> Result<Self> {
        let challenge = of.id;
        let mut sheets: BTreeMap<BidId, BTreeMap<SeatId, super::marks::Marks>> = BTreeMap::new();
        for sheet in store::counting(conn, &[challenge], None).await? {
            sheets.entry(sheet.bid_id).or_default().insert(sheet.seat_id, sheet.marks.marks());
        }
        let mut agreed: BTreeMap<BidId, BTreeMap<SeatId, super::marks::Marks>> = BTreeMap::new();
        for sheet in store::consensus(conn, &[challenge]).await? {
            agreed.entry(sheet.bid_id).or_default().insert(sheet.seat_id, sheet.marks.marks());
        }
        let contender = |row: &bids::model::Model, of: &BTreeMap<BidId, BTreeMap<SeatId, super::marks::Marks>>| {
            Ok::<_, Error>(Contender {
                bid: row.id,
                sheets: of.get(&row.id).cloned().unwrap_or_default(),
                requested_funding: row.requested_funding,
                submitted_at: row.submitted_at.with_context(|| format!("{} was never handed in", row.id))?,
            })
        };
        let all = |of: &BTreeMap<_, _>| rows.iter().map(|row| contender(row, of)).collect::<Result<Vec<_>>>();
        Ok(Self {
            criteria: sheet::scheme(&challenges::criteria(conn, challenge).await?)?,
            rules: rules::of_challenge(conn, challenge).await?.resolved,
            judges: store::seats(conn, challenge).await?.iter().filter(|seat| seat.sits()).count(),
            contenders: all(&sheets)?,
            agreed: if agreed.is_empty() { Vec::new() } else { all(&agreed)? },
        })
    }

    /// Ranks by all there is to rank by; the notice has said which decides, and where that cannot be made, the raw one does.
    pub(super) fn rankings(&self, of: &challenges::model::Model, seed: &[u8; 32]) -> Result<Rankings> {
        let scheme = Scheme {
            criteria: &self.criteria,
            trim_from: self.rules.trim_from,
            pass_mark: self.rules.pass_mark,
            tie_order: &of.terms.tie_order,
            seed,
            normalise_from: self.rules.normalise_from,
            judges: self.judges,
        };
        let mut all = BTreeMap::from([(RankingBasis::Raw, ranking::rank(&scheme, &self.contenders)?)]);
        let unnormalised = match ranking::normalised(&scheme, &self.contenders)? {
            Ok(lines) => {
                all.insert(RankingBasis::Normalised, lines);
                None
            }
            Err(why) => Some(why),
        };
        if !self.agreed.is_empty() {
            all.insert(RankingBasis::Consensus, ranking::rank(&scheme, &self.agreed)?);
        }
        let wanted = of.terms.decided_by;
        let decided_by = if all.contains_key(&wanted) { wanted } else { RankingBasis::Raw };
        let without = ranking::stability(&scheme, &self.contenders)?;
        let stability = without.into_iter().filter_map(|(_, without)| without).collect();
        Ok(Rankings { decided_by, all, unnormalised, stability })
    }
}
