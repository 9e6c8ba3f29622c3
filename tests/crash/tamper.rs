//! Whether the look finds what it looks for: rows and events are taken away, and acts cut in half, one at a time and undone again.

use anyhow::Result;
use ed25519_dalek::VerifyingKey;

use crate::audit::{Eye, Known};
use crate::desks::Office;

/// What is done to the database, and in which words it has to be found.
const TAMPERINGS: [(&str, &str); 50] = [
    ("delete from bid_submissions where receipt = '{receipt}'", "the receipt of"),
    ("update bid_submissions set receipt = replace(receipt, '.', '.A') where receipt = '{receipt}'", "a receipt says what is kept"),
    ("delete from questions where id = (select id from questions order by id desc limit 1)", "an event without its row"),
    ("update questions set answer = null where id = (select id from questions where answer is not null order by id desc limit 1)",
        "an answer has its time"),
    ("insert into questions (id, challenge_id, asker_id, asker_organization_id, question, asked_at, answer, answered_at, answered_by)
        select {new:}, challenge_id, asker_id, asker_organization_id, question, asked_at, answer, answered_at, answered_by
        from questions where answer is not null order by id desc limit 1", "question.asked: a row without its event"),
    ("delete from events where id = (select id from events where kind = 'challenge.awarded' order by id desc limit 1)", "challenge.awarded: a row"),
    ("delete from events where id = (select id from events where kind = 'challenge.approved' order by id desc limit 1)", "challenge.approved"),
    ("delete from events where id = (select id from events where kind = 'bid.drafted' order by id desc limit 1)", "bid.drafted: a row without its event"),
    ("delete from events where id = (select id from events where kind = 'sheet.submitted' order by id desc limit 1)",
        "sheet.submitted: a row without its event"),
    ("update events set public_text = replace(public_text, '\"kind\"', '\"kinds\"')
        where id = (select id from events where kind = 'challenge.opened' order by id desc limit 1)", "not what its hash says"),
    ("delete from projects where id = (select id from projects where status <> 'TERMINATED' order by id desc limit 1)", "an award is whole"),
    ("update challenges set status = 'PUBLICITY', awarded_at = null where id = (select challenge_id from projects order by id desc limit 1)",
        "an award is whole"),
    ("update bids set status = 'PROPOSED_WINNER' where id = (select bid_id from projects where status <> 'TERMINATED'
        order by id desc limit 1)",
        "a winner has a project"),
    ("update bids set status = 'SHORTLISTED' where id = (select id from bids where status = 'LOST' order by id desc limit 1)",
        "an award is whole"),
    ("update projects set contract_no = null where id = (select id from projects where contract_no is not null order by id desc limit 1)",
        "an agreement is whole"),
    ("update challenges set opened_at = null, bid_count = null, status = 'CLOSED'
        where id = (select id from challenges where opened_at is not null order by id desc limit 1)", "its opening"),
    ("delete from bid_solutions where bid_id = (select bid_id from bid_solutions order by bid_id desc limit 1)", "is opened, and no other"),
    ("delete from opening_approvals where challenge_id = (select challenge_id from projects order by id desc limit 1)",
        "an opening is whole"),
    ("update bids set in_force = null, status = 'WITHDRAWN', withdrawn_at = submitted_at
        where id = (select id from bids where status in ('WON', 'LOST') order by id desc limit 1)", "what its root commits to"),
    ("delete from opening_shares where challenge_id = (select challenge_id from projects order by id desc limit 1)",
        "is held by two and more"),
    ("update seals set closing_root = null, closing_nonce = null
        where challenge_id = (select challenge_id from projects order by id desc limit 1)", "its closing"),
    ("delete from timers where id = (select id from timers where kind = 'CLOSE_CHALLENGE' order by id desc limit 1)",
        "has all that publication makes"),
    ("delete from timers where id = (select t.id from timers t join challenges c on c.id = t.subject_id where t.kind = 'END_NOTICE'
        and c.status in ('AWARDED', 'EXECUTING') order by t.id desc limit 1)", "a notice that holds"),
    ("delete from events where id = (select e.id from events e where e.seq = 1 and exists (select 1 from events f
        where f.stream = e.stream and f.seq = 2) order by e.id desc limit 1)", "a chain is broken"),
    ("update timers set done_at = null where id = (select t.id from timers t join challenges c on c.id = t.subject_id
        where t.kind = 'END_NOTICE' and t.done_at is not null and c.status in ('AWARDED', 'EXECUTING') order by t.id desc limit 1)",
        "a notice's timer and its end"),
    ("delete from notice_winners where notice_id = (select n.id from notices n join challenges c on c.id = n.challenge_id
        where n.voided_at is null and c.status in ('AWARDED', 'EXECUTING') order by n.id desc limit 1)",
        "a notice that holds"),
    ("delete from ranked_bids where challenge_id = (select challenge_id from ranked_bids order by challenge_id desc limit 1)",
        "has ranked every bid"),
    ("delete from panel_seats where id = (select id from panel_seats order by id desc limit 1)", "as many seats as were drawn"),
    ("delete from score_sheets where id = (select id from score_sheets where submitted_at is not null
        order by id desc limit 1)", "sheet.submitted: an event without its row"),
    ("delete from formal_checks where bid_id = (select bid_id from formal_checks order by bid_id desc limit 1)", "a formal check and"),
    ("delete from sessions where id = (select id from sessions order by id desc limit 1)", "account.signed_in: an event without its row"),
    ("delete from refresh_tokens where used_at is null", "exactly one refresh token"),
    ("update refresh_tokens set used_at = null where used_at is not null", "the use of a refresh token"),
    ("update first_answers set answer = '' where mutation = 'awardChallenge'", "what was claimed once is settled"),
    ("delete from first_answers where mutation = 'submitBid'", "the first answer of submitBid"),
    ("delete from technologies where id = (select id from technologies order by id desc limit 1)", "technologies"),
    ("update challenges set status = 'SUSPENDED', suspended_from = 'EXECUTING'
        where id = (select id from challenges where status = 'EXECUTING' order by id desc limit 1)", "waits for a ruling"),
    ("update notices set voided_at = null, voided_because = null
        where id = (select notice_id from objections where status = 'UPHELD' order by id desc limit 1)", "an upheld objection"),
    ("update notices set voided_at = null, voided_because = null where id = (select o.notice_id from objections o
        join complaints k on k.objection_id = o.id where k.status = 'UPHELD' order by k.id desc limit 1)", "a complaint is accepted"),
    ("delete from objections where id = (select id from objections where status = 'WITHDRAWN' order by id desc limit 1)",
        "objection.withdrawn: an event without its row"),
    ("update objections set ruling = null where id = (select id from objections where status = 'DISMISSED' order by id desc limit 1)",
        "a ruling says"),
    ("update complaints set decided_at = null where id = (select id from complaints where decided_at is not null
        order by id desc limit 1)", "complaint.decided: an event without its row"),
    ("update bids set status = 'LOST' where id = (select remedy_bid_id from objections where status = 'UPHELD'
        and remedy_bid_id is not null order by id desc limit 1)", "a bid has fallen"),
    ("update bids set status = 'WON' where id = (select bid_id from projects where status = 'TERMINATED' order by id desc limit 1)",
        "an award that was taken back"),
    ("delete from first_words where subject_id = (select id from projects where status = 'TERMINATED' order by id desc limit 1)",
        "an award that was taken back"),
    ("update projects set pledge = null where id = (select id from projects where pledge is not null order by id desc limit 1)",
        "a pledge is whole"),
    ("update projects set registration_no = null where id = (select id from projects where registration_no is not null
        order by id desc limit 1)", "project.contract_registered: an event without its row"),
    ("delete from agreement_indicators where project_id = (select project_id from agreement_indicators
        order by project_id desc limit 1)", "an agreement is whole"),
    ("delete from negotiations where id = (select id from negotiations order by id desc limit 1)", "bid.negotiated"),
    ("update challenges set title = 'x' where title like '草稿%'", "challenges"),
];

/// How many tamperings there are, one of them for the engine to find.
pub const COUNT: usize = TAMPERINGS.len() + 1;

/// The tamperings that are not found.
pub async fn missed(eye: &Eye, office: &Office, key: &VerifyingKey) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    let receipt = office.work().ledger.receipts.last().map(|(receipt, ..)| receipt.clone()).unwrap_or_default();
    eye.does("begin").await?;
    eye.does("delete from organizations where name = (select name from organizations order by id limit 1)").await?;
    let found = eye.engine().await?;
    eye.does("rollback").await?;
    if found.is_empty() {
        missed.push("a row that others refer to is gone, and the engine does not say so".to_owned());
    }
    for (statement, words) in TAMPERINGS {
        eye.does("begin").await?;
        let changed = eye.does(&statement.replace("{receipt}", &receipt)).await?;
        let seen = eye.look(key, &mut Known::default()).await?;
        let (lost, twice) = office.work().lost(&seen);
        eye.does("rollback").await?;
        let found: Vec<_> = seen.faults.into_iter().chain(lost).chain(twice).collect();
        if changed == 0 {
            missed.push(format!("nothing to tamper with: {statement}"));
        } else if !found.iter().any(|found| found.contains(words)) {
            missed.push(format!("{statement}\nis not found as \"{words}\" in {found:#?}"));
        }
    }
    Ok(missed)
}
