//! What the draw is made from: the seed that was committed to at publication, the commitments of the bids, and the candidates, less
//! those who can or may not judge here any more. Nothing of it leaves this slice but what the record of the draw publishes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::model::Model;
use super::store::{self, Held, Newcomer};
use crate::access::awards::MayPublishNotice;
use crate::base::clock::china_day;
use crate::base::form::name_form;
use crate::base::id::{ChallengeId, SeatId, UserId};
use crate::base::words::{ConflictCode, SealMode};
use crate::base::{Error, Result};
use crate::challenges::model::panel;
use crate::challenges::{self, PanelStep, seal};
use crate::db::Txn;
use crate::events;
use crate::experts::conflicts::Sides;
use crate::experts::verify::Step;
use crate::experts::{self, Candidate, PoolEntry, Shortage, draw};
use crate::keys::Keys;
use crate::{bids, demands, eligibility, organizations, rules};

/// The candidates of a challenge and who of them is out.
pub(super) struct Pool {
    entries: Vec<PoolEntry>,
    /// Who may not come, or cannot.
    excluded: BTreeSet<String>,
    /// Who carries as much as may be. Where it cannot be done without them they come all the same: that there is nobody else would tell
    /// where they sit.
    laden: BTreeSet<String>,
    /// What stands between some of them and the challenge, by pseudonym: for supervisors.
    conflicts: BTreeMap<String, BTreeSet<ConflictCode>>,
}

impl Pool {
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.entries.iter().map(|entry| entry.candidate.clone()).collect()
    }

    /// Draws, first without those who are laden; who was out in the end, and what came of it.
    pub(super) fn without_laden<T>(
        &self,
        draw: impl Fn(&BTreeSet<String>) -> std::result::Result<T, Shortage>,
    ) -> (BTreeSet<String>, std::result::Result<T, Shortage>) {
        let all: BTreeSet<String> = self.excluded.union(&self.laden).cloned().collect();
        match draw(&all) {
            Ok(drawn) => (all, Ok(drawn)),
            Err(_) => (self.excluded.clone(), draw(&self.excluded)),
        }
    }

    pub(super) fn laden(&self) -> &BTreeSet<String> {
        &self.laden
    }

    pub(super) fn conflicts(&self) -> &BTreeMap<String, BTreeSet<ConflictCode>> {
        &self.conflicts
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

/// Reads the pool. Out are: who is suspended, unavailable, no longer a judge of that kind, or of no organization or a barred one; and
/// everybody between whom and the demander or a party of an opened bid something stands that data can tell (招标投标法实施条例 46),
/// whoever acted on this challenge or argued its demand among them, by the log.
pub(super) async fn pool(txn: &Txn, held: &Held) -> Result<Pool> {
    let challenge = held.challenge.facts.id();
    let rules = rules::of_challenge(txn, challenge).await?.resolved;
    let entries = experts::candidates(txn, challenge).await?;
    let users: Vec<UserId> = entries.iter().map(|entry| entry.user).collect();
    let profiles = experts::profiles(txn, &entries).await?;
    let today = china_day(held.now);
    let away =
        experts::unavailable(txn, &users, (held.challenge.row.domain, held.challenge.row.published_at), today).await?;
    let loads = experts::loads(txn, &users, held.now).await?;
    let organizations: Vec<_> = entries.iter().filter_map(|entry| entry.organization).collect();
    let banned = eligibility::banned(txn, &organizations, held.now).await?;
    let sides = sides(txn, held).await?;
    let mut conflicts = BTreeMap::new();
    let (mut excluded, mut laden) = (BTreeSet::new(), BTreeSet::new());
    for entry in &entries {
        let pseudonym = &entry.candidate.pseudonym;
        let profile = profiles.get(&entry.user).with_context(|| format!("{pseudonym} has no profile"))?;
        let found = experts::conflicts::conflicts(profile, &sides, today, rules.conflict_years);
        if loads.get(&entry.user).is_some_and(|load| load.open >= rules.expert_open_reviews.into()) {
            laden.insert(pseudonym.clone());
        }
        let barred = entry.organization.is_none_or(|own| banned.contains(&own));
        let free = entry.available && !barred && !away.contains(&entry.user);
        if !found.is_empty() || !free {
            excluded.insert(pseudonym.clone());
        }
        if !found.is_empty() {
            conflicts.insert(pseudonym.clone(), found);
        }
    }
    Ok(Pool { entries, excluded, laden, conflicts })
}

/// What stands, as far as data can tell, between a judge who was drawn and the challenge; what it does as its judge does not count.
pub(super) async fn known_conflicts(txn: &Txn, held: &Held, judge: UserId) -> Result<BTreeSet<ConflictCode>> {
    let rules = rules::of_challenge(txn, held.challenge.facts.id()).await?.resolved;
    let entries = experts::candidates(txn, held.challenge.facts.id()).await?;
    let own: Vec<PoolEntry> = entries.into_iter().filter(|entry| entry.user == judge).collect();
    let profiles = experts::profiles(txn, &own).await?;
    let sides = Sides { acted: BTreeSet::new(), ..sides(txn, held).await? };
    let found = profiles
        .get(&judge)
        .map(|own| experts::conflicts::conflicts(own, &sides, china_day(held.now), rules.conflict_years));
    Ok(found.unwrap_or_default())
}

/// Who stands on the other side: the demander, the parties, what is tied to them, their principal investigators, and who acted here.
async fn sides(txn: &Txn, held: &Held) -> Result<Sides> {
    let challenge = held.challenge.facts.id();
    let mut parties = bids::parties(txn, &[challenge]).await?.remove(&challenge).unwrap_or_default();
    parties.insert(held.challenge.facts.department());
    let all: Vec<_> = parties.iter().copied().collect();
    let mut acted: BTreeSet<UserId> = events::read::participants(txn, challenge).await?.into_iter().collect();
    if let Some(demand) = held.challenge.row.demand_id {
        acted.extend(demands::opinion_givers(txn, demand).await?);
    }
    Ok(Sides {
        names: forms(organizations::read::named(txn, &all).await?.iter().map(|one| one.name.as_str())),
        tied: eligibility::tied_with(txn, &all).await?.difference(&parties).copied().collect(),
        investigators: forms(bids::investigators(txn, challenge).await?.iter().map(String::as_str)),
        parties,
        acted,
    })
}

/// Names in the form in which they are compared; what is made of marks alone is nobody's.
fn forms<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names.map(name_form).filter(|name| !name.is_empty()).collect()
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
    held: &Held,
) -> Result<std::result::Result<Vec<(SeatId, Newcomer)>, Shortage>> {
    let (panel, now) = (held.record()?, held.now);
    let challenge = panel.challenge_id;
    let seats = store::seats(txn, challenge).await?;
    let sitting: Vec<&Model> = seats.iter().filter(|seat| seat.sits()).collect();
    let size = size(txn, challenge).await?;
    let left: Vec<&Model> = seats.iter().filter(|seat| !seat.sits() && seat.replaced_by.is_none()).collect();
    let pool = pool(txn, held).await?;
    let names = |seats: &[&Model]| -> Result<BTreeSet<String>> {
        Ok(pool.seated(seats)?.into_iter().map(|one| one.pseudonym).collect())
    };
    let ever = names(&seats.iter().collect::<Vec<_>>())?;
    let (seed, entropy, sitting) = (seed(keys, txn, panel).await?, entropy(panel)?, pool.seated(&sitting)?);
    let (out, found) = pool.without_laden(|out| {
        let out: BTreeSet<String> = out.union(&ever).cloned().collect();
        let order = draw::order(&seed, &entropy, &pool.candidates(), &out);
        draw::replacement(&sitting, &order, &out, size)
    });
    let come: &[Candidate] = found.as_deref().unwrap_or_default();
    let before = store::steps(txn, &[challenge]).await?.remove(&challenge).unwrap_or_default();
    let gone: BTreeSet<&String> = before.iter().flat_map(|step| &step.departed).collect();
    let step = Step {
        // Those ever seated are out in any case; that one of them carries much is nobody's to read.
        excluded: out.difference(&ever).cloned().collect(),
        departed: names(&left)?.into_iter().filter(|name| !gone.contains(name)).collect(),
        seated: come.iter().map(|one| one.pseudonym.clone()).collect(),
    };
    store::note_step(txn, challenge, &step, now).await?;
    match found {
        Ok(found) => {
            let left: Vec<SeatId> = left.iter().map(|seat| seat.id).collect();
            Ok(Ok(store::succeed(txn, challenge, &left, &pool.people(&found)?, now).await?))
        }
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

/// Seats and who sits on them, for events of the supervision.
pub(super) fn seated_facts(seated: &[(SeatId, Newcomer)]) -> Value {
    let seat = |(seat, member): &(SeatId, Newcomer)| json!({ "seat": seat, "user": member.user, "kind": member.kind });
    seated.iter().map(seat).collect()
}
