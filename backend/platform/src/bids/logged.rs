//! What was handed in by the log. The table of bids says so too, but there a row is easily made to say otherwise; the log is chained, and its
//! closing event names the root over what counted.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, anyhow};
use serde::Deserialize;

use super::model::submission;
use super::{close, sealing};
use crate::base::id::{BidId, ChallengeId};
use crate::base::{Error, Reason, Result};
use crate::db::Conn;
use crate::events::verify::{self, Recorded};
use crate::events::{EventKind, read};

/// A submission.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Logged {
    version: i32,
    pub(super) commitment: String,
    /// Of the ciphertext, in hex; older events do not name it.
    sealed_sha256: Option<String>,
}

impl Logged {
    /// Whether this is what lies there.
    pub(super) fn is(&self, held: &submission::Model) -> bool {
        let Self { version, commitment, sealed_sha256 } = self;
        let sealed = || sealing::digest(&held.sealed);
        *version == held.version
            && *commitment == held.commitment
            && sealed_sha256.as_ref().is_none_or(|of| *of == sealed())
    }
}

/// The facts of `bid.submitted`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HandedIn {
    version: i32,
    /// None: what had been withdrawn was handed in again.
    commitment: Option<String>,
    #[serde(default)]
    sealed_sha256: Option<String>,
}

/// What counts of each bid of a challenge. Refuses where it is not what the challenge was closed over.
pub(super) async fn in_force(
    conn: &impl Conn,
    challenge: ChallengeId,
    nonce: Option<&[u8]>,
) -> Result<BTreeMap<BidId, Logged>> {
    let kinds = [EventKind::BidSubmitted, EventKind::BidWithdrawn, EventKind::BidLapsed];
    let bids = last(verify::in_challenge(conn, challenge, &kinds).await?)?;
    let closed = verify::of_challenge(conn, challenge, &[EventKind::ChallengeClosed]).await?;
    let commitments = bids.values().map(|bid| bid.commitment.clone()).collect();
    let closed = closed.last().and_then(|event| event.text("root")).context("it was never closed")?;
    // Of this length alone: a longer one could hold a commitment that was taken out.
    let nonce = nonce.filter(|nonce| nonce.len() == close::NONCE).map(hex::encode);
    let fits = nonce.is_some_and(|nonce| close::root(&nonce, commitments) == closed);
    if fits { Ok(bids) } else { Err(Error::Conflict(Reason::ClosedOverOthers)) }
}

/// The facts of `challenge.opened`.
#[derive(Deserialize)]
struct Opened {
    #[serde(default)]
    commitments: Vec<String>,
}

/// What the opening of a challenge found to count. Refuses where its stream does not hold together.
pub(crate) async fn opened(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<String>> {
    let event = verify::of_challenge(conn, challenge, &[EventKind::BidsOpened]).await?.pop();
    let facts = event.with_context(|| format!("{challenge} was never opened"))?.facts;
    Ok(serde_json::from_value::<Opened>(facts)?.commitments)
}

/// What these openings have told everybody of it, to be shown.
pub(super) async fn told(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Vec<String>>> {
    #[derive(Deserialize)]
    struct Told {
        facts: Opened,
    }
    let told = read::public_of(conn, ids, &[EventKind::BidsOpened.word()]).await?;
    let commitments = told.into_iter().map(|happened| {
        let Told { facts } = serde_json::from_str(&happened.event.public_text)?;
        Ok((happened.challenge, facts.commitments))
    });
    commitments.collect()
}

/// The last submission of each bid that was not taken back behind it.
fn last(events: Vec<Recorded>) -> Result<BTreeMap<BidId, Logged>> {
    let mut all: BTreeMap<BidId, (BTreeMap<i32, Logged>, Option<i32>)> = BTreeMap::new();
    for event in events {
        let bid: BidId = event.subject.parse().map_err(|_| anyhow!("an event of no bid: {}", event.subject))?;
        let (versions, last) = all.entry(bid).or_default();
        if event.kind != EventKind::BidSubmitted.word() {
            *last = None;
            continue;
        }
        let HandedIn { version, commitment, sealed_sha256 } = serde_json::from_value(event.facts)?;
        if let Some(commitment) = commitment {
            versions.insert(version, Logged { version, commitment, sealed_sha256 });
        }
        *last = Some(version);
    }
    let counts = all.into_iter().filter_map(|(bid, (mut versions, last))| Some((bid, versions.remove(&last?)?)));
    Ok(counts.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::id::Kind;

    #[test]
    fn the_last_that_was_not_taken_back_counts() {
        let [one, other, third] = [(); 3].map(|()| BidId::new());
        let event = |bid: BidId, kind: EventKind, facts: Value| Recorded {
            subject: bid.to_string(),
            kind: kind.word().to_owned(),
            facts,
        };
        let submitted = |bid, version: i32, commitment: Option<&str>| {
            event(bid, EventKind::BidSubmitted, json!({ "version": version, "commitment": commitment }))
        };
        let told = last(vec![
            submitted(one, 1, Some("a")),
            submitted(one, 2, Some("b")),
            submitted(other, 1, Some("c")),
            event(other, EventKind::BidWithdrawn, json!({})),
            submitted(third, 1, Some("d")),
            event(third, EventKind::BidWithdrawn, json!({})),
            submitted(third, 1, None),
        ]);
        let logged = |version, commitment: &str| Logged { version, commitment: commitment.into(), sealed_sha256: None };
        assert_eq!(told.unwrap(), BTreeMap::from([(one, logged(2, "b")), (third, logged(1, "d"))]));
        let lapsed = last(vec![submitted(one, 1, Some("a")), event(one, EventKind::BidLapsed, json!({}))]);
        assert!(lapsed.unwrap().is_empty());
    }
}
