//! Running a draw again from its published record. Pure: what `jiebang draw verify` does on any machine, without this platform.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::draw::{self, ALGORITHM, Candidate};

/// The record of a draw, as the platform publishes it with the notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The algorithm's name.
    pub algorithm: String,
    /// Judges on the panel.
    pub panel_size: usize,
    /// SHA-256 of the seed, in hex; public since the challenge was published.
    pub seed_commitment: String,
    /// In hex.
    pub seed: String,
    /// SHA-256 over the candidates' lines; public since the challenge was published.
    pub candidates_hash: String,
    /// The candidates' lines.
    pub candidates: Vec<String>,
    /// The commitments of the bids in force at the deadline; public since the opening.
    pub entropy: Vec<String>,
    /// With the commitments it makes the root; public since the opening, in hex.
    pub closing_nonce: String,
    /// SHA-256 over the nonce and the sorted commitments; public since the deadline.
    pub closing_root: String,
    /// Pseudonyms that could not be drawn any more.
    pub excluded: Vec<String>,
    /// What came after the draw, in order.
    pub steps: Vec<Step>,
    /// The panel that was seated in the end.
    pub panel: Vec<Member>,
}

impl Record {
    /// The record as one text, as it is published.
    pub fn to_text(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// Seats were left, and taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Pseudonyms that could not be drawn any more by then; those ever seated do not come back in any case, and are not among them.
    pub excluded: Vec<String>,
    /// Who left. That somebody left is all that is told: the salt, and with it the name, is not.
    pub departed: Vec<String>,
    /// Who came; nobody where no reserve fitted, so that the seat stayed empty.
    pub seated: Vec<String>,
}

/// A judge who sat to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The pseudonym in the draw.
    pub pseudonym: String,
    /// With it anybody sees whose it is: SHA-256(salt ‖ user id), cut to 128 bits; in hex.
    pub salt: String,
    /// The id of the judge's account.
    pub user: String,
}

/// The length of a closing's nonce, in hex.
const NONCE: usize = 32;

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Another algorithm than this program knows.
    #[error("the algorithm is {0}, not {ALGORITHM}")]
    Algorithm(String),
    /// Something is not in its form.
    #[error("{0} is not in its form")]
    Form(&'static str),
    /// The seed is not what was committed to.
    #[error("the seed is not the one that was committed to")]
    Seed,
    /// The commitments are not those whose root was published.
    #[error("the commitments are not those whose root was published when the challenge closed")]
    Entropy,
    /// A pseudonym, or an account, stands there twice.
    #[error("{0} stands there twice")]
    Twice(String),
    /// The candidates are not those whose hash was published.
    #[error("the candidates are not those whose hash was published")]
    Candidates,
    /// A pseudonym is none of a candidate's.
    #[error("{0} is no candidate")]
    Stranger(String),
    /// No panel can be made, although one was.
    #[error("no panel can be made: {0} is short")]
    Shortage(draw::PanelRule),
    /// In a step of the record other people came or left than the draw gives.
    #[error("step {0} of the record is not what the draw gives")]
    Step(usize),
    /// Another panel sat than the draw gives.
    #[error("the panel is not the one that the draw gives")]
    Panel,
    /// A pseudonym does not belong to the account that is named.
    #[error("{0} is not the pseudonym of the account that is named")]
    Pseudonym(String),
}

/// Runs the draw and every step after it again, and holds the outcome against the panel. Gives the seated, in the order of the draw.
pub fn verify(record: &Record) -> Result<Vec<Candidate>, Flaw> {
    if record.algorithm != ALGORITHM {
        return Err(Flaw::Algorithm(record.algorithm.clone()));
    }
    let seed: [u8; 32] =
        hex::decode(&record.seed).ok().and_then(|seed| seed.try_into().ok()).ok_or(Flaw::Form("the seed"))?;
    if hex::encode(Sha256::digest(seed)) != record.seed_commitment {
        return Err(Flaw::Seed);
    }
    let candidates: Vec<Candidate> = record
        .candidates
        .iter()
        .map(|line| line.parse().map_err(|_| Flaw::Form("a candidate")))
        .collect::<Result<_, _>>()?;
    if draw::candidates_hash(&candidates) != record.candidates_hash {
        return Err(Flaw::Candidates);
    }
    // Of this length alone: a longer one could hold a commitment that was taken out.
    if record.closing_nonce.len() != NONCE {
        return Err(Flaw::Form("the nonce"));
    }
    let mut commitments: Vec<&str> = record.entropy.iter().map(String::as_str).collect();
    commitments.sort_unstable();
    let root =
        commitments.iter().fold(Sha256::new().chain_update(&record.closing_nonce), |sha, one| sha.chain_update(one));
    if hex::encode(root.finalize()) != record.closing_root {
        return Err(Flaw::Entropy);
    }
    let pseudonyms = candidates.iter().map(|candidate| candidate.pseudonym.as_str());
    let users = record.panel.iter().map(|member| member.user.as_str());
    if let Some(twice) = twice(pseudonyms).or_else(|| twice(users)) {
        return Err(Flaw::Twice(twice));
    }
    let known: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.pseudonym.as_str()).collect();
    let stranger = |names: &[String]| names.iter().find(|name| !known.contains(name.as_str())).cloned();
    let named = [&record.excluded]
        .into_iter()
        .chain(record.steps.iter().flat_map(|step| [&step.excluded, &step.departed, &step.seated]));
    if let Some(stranger) = named.into_iter().find_map(|names| stranger(names)) {
        return Err(Flaw::Stranger(stranger));
    }
    let excluded: BTreeSet<String> = record.excluded.iter().cloned().collect();
    let drawn = draw::draw(&seed, &record.entropy, &candidates, &excluded, record.panel_size)
        .map_err(|shortage| Flaw::Shortage(shortage.rule))?;
    let mut seated = drawn.members;
    let mut ever: BTreeSet<String> = names(&seated);
    for (place, step) in record.steps.iter().enumerate() {
        let wrong = || Flaw::Step(place + 1);
        let departed: BTreeSet<&str> = step.departed.iter().map(String::as_str).collect();
        // Whoever leaves sat; nobody comes back.
        if departed.iter().any(|name| seated.iter().all(|one| one.pseudonym != *name)) {
            return Err(wrong());
        }
        seated.retain(|one| !departed.contains(one.pseudonym.as_str()));
        let mut out: BTreeSet<String> = step.excluded.iter().cloned().collect();
        out.extend(ever.iter().cloned());
        let order = draw::order(&seed, &record.entropy, &candidates, &out);
        let come = draw::replacement(&seated, &order, &out, record.panel_size).unwrap_or_default();
        if names(&come) != step.seated.iter().cloned().collect() {
            return Err(wrong());
        }
        ever.extend(names(&come));
        seated.extend(come);
    }
    if seated.len() != record.panel_size || record.panel.len() != seated.len() {
        return Err(Flaw::Panel);
    }
    if names(&seated) != record.panel.iter().map(|member| member.pseudonym.clone()).collect() {
        return Err(Flaw::Panel);
    }
    for member in &record.panel {
        let salt: [u8; 16] =
            hex::decode(&member.salt).ok().and_then(|salt| salt.try_into().ok()).ok_or(Flaw::Form("a salt"))?;
        let digest = hex::encode(Sha256::new().chain_update(salt).chain_update(&member.user).finalize());
        if !digest.starts_with(&member.pseudonym) || member.pseudonym.len() != 32 {
            return Err(Flaw::Pseudonym(member.pseudonym.clone()));
        }
    }
    Ok(seated)
}

fn twice<'a>(given: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut given = given;
    given.find(|one| !seen.insert(*one)).map(str::to_owned)
}

fn names(candidates: &[Candidate]) -> BTreeSet<String> {
    candidates.iter().map(|candidate| candidate.pseudonym.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::words::JudgeKind;
    use proptest::prelude::*;

    /// A pool in which every candidate's pseudonym is that of an account, and the accounts behind it.
    fn pool(given: &[(usize, usize)]) -> Vec<(Candidate, Member)> {
        let one = |(number, (kind, organization)): (usize, &(usize, usize))| {
            let (user, salt) = (format!("usr_{number}"), [u8::try_from(number).unwrap(); 16]);
            let mut pseudonym = hex::encode(Sha256::new().chain_update(salt).chain_update(&user).finalize());
            pseudonym.truncate(32);
            let organization = format!("{organization:032x}");
            let member = Member { pseudonym: pseudonym.clone(), salt: hex::encode(salt), user };
            (Candidate { pseudonym, kind: JudgeKind::ALL[*kind], organization }, member)
        };
        given.iter().enumerate().map(one).collect()
    }

    /// What the platform does, with its own bookkeeping: a draw, then judges who leave one after another.
    fn held(pool: &[(Candidate, Member)], seed: [u8; 32], leaving: &[usize], out: &[usize]) -> Option<Record> {
        let candidates: Vec<Candidate> = pool.iter().map(|(candidate, _)| candidate.clone()).collect();
        let entropy = vec!["ab".repeat(32), "0c".repeat(32)];
        let name = |place: &usize| candidates.get(*place).map(|candidate| candidate.pseudonym.clone());
        let excluded: BTreeSet<String> = out.iter().take(1).filter_map(name).collect();
        let mut later: BTreeSet<String> = excluded.clone();
        let mut panel = draw::draw(&seed, &entropy, &candidates, &excluded, 5).ok()?.members;
        let mut ever = names(&panel);
        let mut steps = Vec::new();
        for (turn, seat) in leaving.iter().enumerate() {
            if panel.is_empty() {
                break;
            }
            let left = panel.remove(seat % panel.len());
            later.extend(out.get(turn + 1).and_then(name));
            let all: BTreeSet<String> = later.union(&ever).cloned().collect();
            let order = draw::order(&seed, &entropy, &candidates, &all);
            let come = draw::replacement(&panel, &order, &all, 5).unwrap_or_default();
            steps.push(Step {
                excluded: later.iter().cloned().collect(),
                departed: vec![left.pseudonym],
                seated: come.iter().map(|one| one.pseudonym.clone()).collect(),
            });
            ever.extend(names(&come));
            panel.extend(come);
        }
        if panel.len() != 5 {
            // No record of a panel is published while a seat is empty.
            return None;
        }
        let member =
            |one: &Candidate| pool.iter().find(|(candidate, _)| candidate == one).map(|(_, member)| member.clone());
        Some(Record {
            algorithm: ALGORITHM.to_owned(),
            panel_size: 5,
            seed_commitment: hex::encode(Sha256::digest(seed)),
            seed: hex::encode(seed),
            candidates_hash: draw::candidates_hash(&candidates),
            candidates: candidates.iter().map(Candidate::to_string).collect(),
            closing_root: hex::encode(
                entropy
                    .iter()
                    .rev()
                    .fold(Sha256::new().chain_update("ff".repeat(16)), |sha, one| sha.chain_update(one))
                    .finalize(),
            ),
            closing_nonce: "ff".repeat(16),
            entropy,
            excluded: excluded.into_iter().collect(),
            steps,
            panel: panel.iter().filter_map(member).collect(),
        })
    }

    fn kinds() -> impl Strategy<Value = Vec<(usize, usize)>> {
        prop::collection::vec((prop::sample::select(vec![0usize, 0, 0, 1, 1, 2, 3, 3]), 0..30usize), 8..40)
    }

    proptest! {
        // A thousand draws, whatever the number of cases is set to; pools that make no panel do not count.
        #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(1_000) })]

        #[test]
        fn what_was_drawn_is_drawn_again(
            given in kinds(), seed: [u8; 32], leaving in prop::collection::vec(0usize..5, 0..4),
            out in prop::collection::vec(0usize..40, 0..5),
        ) {
            let pool = pool(&given);
            let record = held(&pool, seed, &leaving, &out);
            prop_assume!(record.is_some());
            let record = record.unwrap();
            let again: Record = serde_json::from_str(&record.to_text()).unwrap();
            prop_assert_eq!(&again, &record);
            let seated = verify(&again);
            prop_assert!(seated.is_ok(), "{:?}", seated);
            let panel: BTreeSet<String> = record.panel.iter().map(|member| member.pseudonym.clone()).collect();
            prop_assert_eq!(names(&seated.unwrap()), panel);
        }

        #[test]
        fn whatever_is_changed_is_found(
            given in kinds(), seed: [u8; 32], leaving in prop::collection::vec(0usize..5, 0..3), what in 0usize..17, at: prop::sample::Index,
        ) {
            let pool = pool(&given);
            let record = held(&pool, seed, &leaving, &[]);
            prop_assume!(record.is_some());
            let record = record.unwrap();
            let mut changed = record.clone();
            let others: Vec<&Member> =
                pool.iter().map(|(_, member)| member).filter(|member| !record.panel.contains(member)).collect();
            match what {
                0 => changed.seed = hex::encode([seed[0] ^ 1; 32]),
                1 => changed.seed_commitment = hex::encode(Sha256::digest([0; 32])),
                2 => drop(changed.candidates.remove(at.index(record.candidates.len()))),
                3 => changed.candidates_hash = "0".repeat(64),
                4 => changed.panel[0].user.push('x'),
                5 => changed.panel[0].salt = hex::encode([255; 16]),
                6 => changed.panel[0] = others[at.index(others.len())].clone(),
                7 => drop(changed.panel.pop()),
                8 => changed.algorithm = "jiebang-draw-0".into(),
                9 => {
                    // Whoever came in a step may have been away at the draw.
                    let later: Vec<&String> = record.steps.iter().flat_map(|step| &step.seated).collect();
                    let names = record.panel.iter().map(|member| &member.pseudonym);
                    let first: Vec<&String> = names.filter(|name| !later.contains(name)).collect();
                    changed.excluded.push(first[at.index(first.len())].clone());
                }
                10 => changed.excluded.push("0".repeat(32)),
                11 => changed.entropy.push("ff".repeat(32)),
                // The first of them, moved into the nonce, gives the same root.
                16 => {
                    let first = changed.entropy.iter().min().cloned().unwrap();
                    changed.entropy.retain(|one| *one != first);
                    changed.closing_nonce.push_str(&first);
                }
                12 => changed.closing_nonce.push('f'),
                13 => changed.panel_size += 2,
                14 => changed.panel.push(record.panel[0].clone()),
                _ => match changed.steps.first_mut() {
                    Some(step) => step.departed.clear(),
                    None => return Ok(()),
                },
            }
            prop_assert!(changed != record && verify(&changed).is_err(), "{}", what);
        }
    }
}
