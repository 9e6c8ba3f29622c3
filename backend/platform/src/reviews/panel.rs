//! What the draw is made from: the seed that was committed to at publication, the commitments of the bids, and the candidates, less
//! those who can or may not judge here any more. Nothing of it leaves this slice but what the record of the draw publishes.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::model::Model;
use super::store::{self, Newcomer};
use crate::access::awards::MayPublishNotice;
use crate::base::id::{ChallengeId, OrganizationId, SeatId};
use crate::base::words::SealMode;
use crate::base::{Error, Instant, Reason, Result};
use crate::challenges::model::panel;
use crate::challenges::{self, PanelStep, seal};
use crate::db::Txn;
use crate::events;
use crate::experts::{self, Candidate, PanelRule, PoolEntry, Shortage, draw};
use crate::keys::Keys;
use crate::{bids, eligibility, rules};

/// The candidates of a challenge and who of them is out.
pub(super) struct Pool {
    entries: Vec<PoolEntry>,
    excluded: BTreeSet<String>,
}

impl Pool {
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.entries.iter().map(|entry| entry.candidate.clone()).collect()
    }

    pub(super) fn excluded(&self) -> &BTreeSet<String> {
        &self.excluded
    }

    /// The people behind what was drawn.
    pub(super) fn people(&self, drawn: &[Candidate]) -> Result<Vec<Newcomer>> {
        let person = |one: &Candidate| {
            let entry = self.entries.iter().find(|entry| entry.candidate == *one);
            let user = entry.with_context(|| format!("{} is no candidate", one.pseudonym))?.user;
            Ok(Newcomer { user, kind: one.kind })
        };
        drawn.iter().map(person).collect()
    }

    fn seated(&self, seats: &[&Model]) -> Result<Vec<Candidate>> {
        let candidate = |seat: &&Model| {
            let entry = self.entries.iter().find(|entry| entry.user == seat.user_id);
            Ok(entry.with_context(|| format!("{} is no candidate", seat.user_id))?.candidate.clone())
        };
        seats.iter().map(candidate).collect()
    }
}

/// Reads the pool. Out are: who is suspended or no longer a judge of that kind, or of no known organization; whoever belongs to the
/// department, to a party of an opened bid (招标投标法 37) or to what is tied to one of them now; and whoever acted on this challenge before, by the log.
pub(super) async fn pool(txn: &Txn, challenge: ChallengeId, department: OrganizationId) -> Result<Pool> {
    let entries = experts::candidates(txn, challenge).await?;
    let mut tied = bids::parties(txn, &[challenge]).await?.remove(&challenge).unwrap_or_default();
    tied.insert(department);
    let all: Vec<_> = tied.iter().copied().collect();
    tied.extend(eligibility::tied_with(txn, &all).await?);
    let acted: BTreeSet<_> = events::read::participants(txn, challenge).await?.into_iter().collect();
    let out = |entry: &&PoolEntry| {
        let free = entry.organization.is_some_and(|organization| !tied.contains(&organization));
        !entry.available || !free || acted.contains(&entry.user)
    };
    let excluded = entries.iter().filter(out).map(|entry| entry.candidate.pseudonym.clone()).collect();
    Ok(Pool { entries, excluded })
}

/// The seed of a panel, once the bids are open, held against its commitment.
pub(super) async fn seed(keys: &Keys, txn: &Txn, panel: &panel::Model) -> Result<[u8; 32]> {
    let sealed = challenges::seal(txn, panel.challenge_id).await?;
    let seed = match sealed.mode {
        SealMode::Server => {
            seal::decrypt(&seal::release(keys, sealed.wrapped_identity.as_deref())?, &panel.sealed_seed)?
        }
        // The opening has handed it over.
        SealMode::Organizers => seal::decrypt(&keys.seal, &panel.sealed_seed)?,
    };
    (|| {
        ensure!(hex::encode(Sha256::digest(&seed)) == panel.seed_commitment, "{} has another seed", panel.id);
        <[u8; 32]>::try_from(seed.as_slice()).with_context(|| format!("{} has no seed", panel.id))
    })()
    .map_err(Into::into)
}

/// Reveals the seed to everybody, in hex, with the first notice; once revealed it stays so. From here on anybody can run the draw
/// again, and the judges are known by name.
pub(crate) async fn reveal_seed(keys: &Keys, txn: &Txn, proof: &MayPublishNotice) -> Result<String> {
    let challenge = proof.challenge();
    let panel = challenges::panels(txn, &[challenge]).await?.pop();
    let panel = panel.with_context(|| format!("{challenge} has no panel"))?;
    if let Some(seed) = panel.seed {
        return Ok(seed);
    }
    let seed = hex::encode(seed(keys, txn, &panel).await?);
    let step = PanelStep { seed: Some(seed.clone()), ..PanelStep::default() };
    challenges::step_panel(txn, panel.id, step).await?;
    Ok(seed)
}

/// Fills every open seat of a drawn panel from the reserves, in the order of the draw, or says why that cannot be done. Those who
/// were ever seated do not come back.
pub(super) async fn fill(
    keys: &Keys,
    txn: &Txn,
    panel: &panel::Model,
    department: OrganizationId,
    now: Instant,
) -> Result<std::result::Result<Vec<(SeatId, Newcomer)>, Shortage>> {
    let challenge = panel.challenge_id;
    let seats = store::seats(txn, challenge).await?;
    let sitting: Vec<&Model> = seats.iter().filter(|seat| seat.sits()).collect();
    let size = size(txn, challenge).await?;
    let left: Vec<SeatId> =
        seats.iter().filter(|seat| !seat.sits() && seat.replaced_by.is_none()).map(|seat| seat.id).collect();
    let pool = pool(txn, challenge, department).await?;
    let ever: Vec<&Model> = seats.iter().collect();
    let mut excluded = pool.excluded.clone();
    excluded.extend(pool.seated(&ever)?.into_iter().map(|one| one.pseudonym));
    let entropy = entropy(panel)?;
    let order = draw::order(&seed(keys, txn, panel).await?, &entropy, &pool.candidates(), &excluded);
    match draw::replacement(&pool.seated(&sitting)?, &order, &excluded, size) {
        Ok(found) => Ok(Ok(store::succeed(txn, challenge, &left, &pool.people(&found)?, now).await?)),
        Err(shortage) => Ok(Err(shortage)),
    }
}

/// How many judges the challenge's rules ask for.
async fn size(txn: &Txn, challenge: ChallengeId) -> Result<usize> {
    let size = rules::of_challenge(txn, challenge).await?.resolved.panel_size;
    usize::try_from(size).map_err(|fault| Error::Internal(fault.into()))
}

/// The entropy that a panel was drawn with.
pub(super) fn entropy(panel: &panel::Model) -> Result<Vec<String>> {
    let text = panel.entropy.as_deref().with_context(|| format!("{} has not been drawn", panel.id))?;
    Ok(serde_json::from_str(text)?)
}

/// The refusal that names the rule that cannot be met.
pub(super) fn refusal(shortage: Shortage) -> Error {
    Error::NotNow(match shortage.rule {
        PanelRule::Size => Reason::TooFewCandidates,
        PanelRule::TwoThirds => Reason::TooFewExperts,
        PanelRule::UserSide => Reason::TooFewUserExperts,
        PanelRule::OnePerOrganization => Reason::TooFewOrganizations,
    })
}

/// Seats and who sits on them, for events of the supervision.
pub(super) fn seated_facts(seated: &[(SeatId, Newcomer)]) -> Value {
    let seat = |(seat, member): &(SeatId, Newcomer)| json!({ "seat": seat, "user": member.user, "kind": member.kind });
    seated.iter().map(seat).collect()
}
