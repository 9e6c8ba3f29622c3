//! Pages for people: what the contract tells, asked by the very operation that clients have, and printed. No script, nothing from elsewhere.

use std::sync::{Arc, LazyLock};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use jiebang_platform::base::Error;
use jiebang_platform::base::clock::china_day;
use minijinja::value::{Serde, Value as Given};
use minijinja::{AutoEscape, Environment};
use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Doors;
use super::graphql::{bearer, came};
use super::question;
use crate::graphql::context::Came;
use crate::graphql::error::{self, Finished};
use crate::graphql::guard;

/// So many pages of twenty bids go on one page for people.
const MOST_PAGES: usize = 50;
const REPORT: &str = include_str!("../../../../schema/operations/reviewReport.graphql");
const STYLE: &str = include_str!("pages/style.css");

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.add_filter("day", day);
    templates.add_filter("date", |instant: String| date(&instant, TimeDelta::zero()));
    templates.add_filter("last_date", |instant: String| date(&instant, TimeDelta::milliseconds(1)));
    templates.add_filter("wan", wan);
    templates.add_filter("yuan", yuan);
    templates.add_filter("zh", |word: String| words("zh-CN", &word));
    templates.add_filter("en", |word: String| words("en", &word));
    templates
        .add_template("review_report", include_str!("pages/review_report.html"))
        .and_then(|()| templates.add_template("notice", include_str!("pages/notice.html")))
        .map(|()| templates)
        .unwrap_or_else(|fault| {
            tracing::error!(%fault, "a template cannot be read");
            Environment::new()
        })
});

/// No script, and no style but the page's own.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// An instant as people in Zhengzhou read it.
fn day(instant: Option<String>) -> String {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    let china = FixedOffset::east_opt(8 * 3600);
    let shown = instant.as_deref().and_then(read).zip(china);
    shown.map(|(at, china)| at.with_timezone(&china).format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// The day of an instant, or of the one so long before it, as people in Zhengzhou count days.
fn date(instant: &str, before: TimeDelta) -> String {
    let at = DateTime::parse_from_rfc3339(instant).ok().and_then(|at| at.checked_sub_signed(before));
    at.map(|at| china_day(at.with_timezone(&Utc)).to_string()).unwrap_or_default()
}

/// An amount in 分 as 万元, with as many decimals as it takes and two at least.
fn wan(fen: Option<i64>) -> String {
    let Some(fen) = fen else { return String::new() };
    let (whole, part) = (fen / 1_000_000, (fen % 1_000_000).abs());
    let part = format!("{part:06}");
    let (kept, rest) = part.split_at(2);
    format!("{whole}.{kept}{}", rest.trim_end_matches('0'))
}

/// An amount in 分 as yuan, by thousands.
fn yuan(fen: Option<i64>) -> String {
    let Some(fen) = fen else { return String::new() };
    let whole = (fen / 100).to_string();
    let groups: Vec<_> = whole.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{}.{:02}", groups.join(","), fen % 100)
}

/// The words of a language for a fixed word of the contract.
fn words(locale: &str, word: &str) -> String {
    rust_i18n::t!(format!("page.{}", word.to_lowercase()), locale = locale).into_owned()
}

/// `GET /challenges/ID/review-report`: the review report, for whoever may read it.
pub(super) struct ReviewReport(pub(super) Arc<Doors>);

impl Endpoint for ReviewReport {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let id = request.path_params::<String>().unwrap_or_default();
        let page = match self.gathered(&came, bearer(&request), &id).await {
            Ok(challenge) => printed("review_report", "challenge", &challenge, "private, no-store"),
            Err(refused) => return Ok(refused),
        };
        Ok(page.unwrap_or_else(|fault| refused(&error::told(&Error::Internal(fault), &came))))
    }
}

/// The lists of the report that come in pages.
const LISTS: [&str; 5] = ["ranking", "raw", "normalised", "consensus", "bids"];

impl ReviewReport {
    /// The whole answer, with every bid that fits.
    async fn gathered(&self, came: &Came, bearer: Option<&str>, id: &str) -> std::result::Result<Value, Response> {
        let mut challenge = self.asked(came, bearer, json!({ "id": id, "whole": true })).await?;
        for _ in 1..MOST_PAGES {
            let goes_on =
                |list: &str| challenge.pointer(&format!("/{list}/pageInfo/hasNextPage")) == Some(&json!(true));
            if !LISTS.into_iter().any(goes_on) {
                break;
            }
            // Behind the end of a list there is nothing more of it.
            let end = |list: &str| challenge.pointer(&format!("/{list}/pageInfo/endCursor")).cloned();
            let mut behind: Map<String, Value> =
                LISTS.into_iter().filter_map(|list| Some((list.to_owned(), end(list)?))).collect();
            behind.extend([("id".to_owned(), json!(id)), ("whole".to_owned(), json!(false))]);
            let mut more = self.asked(came, bearer, Value::Object(behind)).await?;
            for list in LISTS {
                let Some(page) = more.get_mut(list).map(Value::take) else { continue };
                append(challenge.get_mut(list), page);
            }
        }
        Ok(challenge)
    }

    async fn asked(&self, came: &Came, bearer: Option<&str>, variables: Value) -> std::result::Result<Value, Response> {
        let mut data = ask(&self.0, REPORT, variables, came, bearer).await?;
        let challenge = data.get_mut("challenge").map(Value::take).unwrap_or_default();
        match challenge.get("reviewReport") {
            None | Some(Value::Null) => Err(refused(&error::told(&Error::Hidden, came))),
            Some(_) => Ok(challenge),
        }
    }
}

/// Asks an operation of the contract; its data, or the refusal.
pub(super) async fn ask(
    doors: &Doors,
    operation: &str,
    variables: Value,
    came: &Came,
    bearer: Option<&str>,
) -> std::result::Result<Value, Response> {
    let body = json!({ "query": operation, "variables": variables }).to_string();
    let question =
        question::from_body(body.as_bytes()).map_err(|(_, words)| refused(&error::unreadable(words, came)))?;
    let told = |finished: &Finished| refused(finished.body.pointer("/errors/0").unwrap_or(&Value::Null));
    let admitted = guard::admit(question, &doors.shape).map_err(|refused| told(&Finished::refused(&refused, came)))?;
    let (mut finished, _) = doors.answer(admitted, came, bearer, None).await;
    if finished.body.get("errors").is_some() {
        return Err(told(&finished));
    }
    Ok(finished.body.get_mut("data").map(Value::take).unwrap_or_default())
}

/// Puts a further page of a list behind what there is of it.
fn append(list: Option<&mut Value>, mut page: Value) {
    let Some(list) = list else { return };
    let Some(Value::Array(rows)) = page.get_mut("nodes").map(Value::take) else { return };
    // Behind the end the old end still holds.
    if rows.is_empty() {
        if let Some(info) = list.get_mut("pageInfo") {
            *info = json!({ "hasNextPage": false, "endCursor": info.get("endCursor") });
        }
        return;
    }
    if let Some(all) = list.get_mut("nodes").and_then(Value::as_array_mut) {
        all.extend(rows);
    }
    if let Some(info) = list.get_mut("pageInfo") {
        *info = page.get_mut("pageInfo").map(Value::take).unwrap_or_default();
    }
}

/// A page, as it is handed out; whoever keeps it keeps it as `cache` says.
pub(super) fn printed(template: &str, name: &str, given: &Value, cache: &str) -> anyhow::Result<Response> {
    let template = TEMPLATES.get_template(template).context("no template")?;
    let given = Given::from(Serde(json!({ name: given, "style": STYLE })));
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, cache)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, POLICY.as_str())
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(template.render(given)?))
}

/// A refusal as the contract tells it, with the status that goes with its code.
pub(super) fn refused(told: &Value) -> Response {
    let status = match told.pointer("/extensions/code").and_then(Value::as_str) {
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("NOT_FOUND") => StatusCode::NOT_FOUND,
        Some("INVALID_INPUT" | "TOO_COMPLEX") => StatusCode::BAD_REQUEST,
        Some("NOT_NOW" | "DEADLINE_PASSED" | "CONFLICT" | "CALENDAR_NOT_LOADED") => StatusCode::CONFLICT,
        Some("RATE_LIMITED") => StatusCode::TOO_MANY_REQUESTS,
        Some("PAYLOAD_TOO_LARGE") => StatusCode::PAYLOAD_TOO_LARGE,
        Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::VARY, "accept-language")
        .body(json!({ "errors": [told] }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_list_follow_one_another_to_its_end() {
        let page = |rows: &[i32], more: bool, end: Option<&str>| json!({ "nodes": rows, "pageInfo": { "hasNextPage": more, "endCursor": end } });
        let mut list = page(&[1, 2], true, Some("b"));
        append(Some(&mut list), page(&[3], false, Some("c")));
        assert_eq!(list, page(&[1, 2, 3], false, Some("c")));
        append(Some(&mut list), page(&[], false, None));
        assert_eq!(list, page(&[1, 2, 3], false, Some("c")));
    }

    #[test]
    fn money_is_read_in_both_languages() {
        for (fen, chinese, english) in [
            (200_000_000, "200.00", "2,000,000.00"),
            (200_000_001, "200.000001", "2,000,000.01"),
            (151_234_560, "151.23456", "1,512,345.60"),
            (0, "0.00", "0.00"),
            (99_999, "0.099999", "999.99"),
        ] {
            assert_eq!((wan(Some(fen)).as_str(), yuan(Some(fen)).as_str()), (chinese, english));
        }
        assert_eq!(wan(None) + &yuan(None), "");
    }

    #[test]
    fn days_are_those_of_china_and_a_period_ends_on_its_last() {
        let midnight = "2026-04-10T16:00:00.000Z";
        assert_eq!(date(midnight, TimeDelta::zero()), "2026-04-11");
        assert_eq!(date(midnight, TimeDelta::milliseconds(1)), "2026-04-10");
        assert_eq!(day(Some(midnight.to_owned())), "2026-04-11 00:00");
    }

    /// Whatever may be null is; what stands in lists stands there.
    #[test]
    fn the_report_is_printed_with_as_little_as_there_can_be() {
        let bid = json!({
            "id": "b", "label": "方案 A", "bidder": { "name": "<甲>" }, "members": [], "formalCheck": null, "disqualification": null,
            "sheets": [{ "judge": { "name": "丙" }, "total": "90.00", "comment": null, "abstainedBecause": null, "deviation": "20.5",
                "deviationBecause": null, "marks": [{ "criterion": { "id": "k" }, "score": "90", "reason": null }] }],
            "consensusSheet": null,
        });
        let challenge = json!({
            "id": "c", "code": "JB", "title": "题", "mechanism": "OPEN_COMPETITION", "piLed": false, "blind": true,
            "consensusRound": true, "decidedBy": "RAW", "rankedBy": "RAW", "tieOrder": ["RECORDED_DRAW"],
            "submissionDeadline": "2026-04-01T09:00:00.000Z", "department": { "name": "局" },
            "ruleSet": { "version": 4, "panelSize": 5, "minValidBids": 1, "trimFrom": 5, "passMark": "70", "minSheets": 3,
                "deviationPoints": 20, "normaliseFrom": 5 },
            "criteria": [{ "id": "k", "name": "技术", "weight": 100, "minimum": null, "guidance": null, "priceFormula": null }],
            "reviewReport": { "page": "/", "closedAt": "2026-04-02T09:00:00.000Z", "seats": 0, "signed": 0, "deviations": 0,
                "unexplained": 0 },
            "panel": { "chair": null, "consensusAt": null, "judges": [{ "id": "j", "user": { "name": "丙" }, "organization": { "name": "校" },
                "kind": "TECHNICAL", "recused": null, "leftBecause": null, "signedAt": "2026-04-02T09:00:00.000Z", "dissent": "<b>" }], "draw": { "algorithm": "a", "seedCommitment": "s",
                "candidatesHash": "h", "drawnAt": "2026-04-02T09:00:00.000Z" }, "statistics": { "krippendorffAlpha": 0.5, "icc2k": null, "ratings": 1,
                "note": "不足", "unnormalised": "少", "judges": [{ "user": null, "meanDeviation": 0.25, "spread": null, "without":
                { "firstStays": true, "mostPlaces": 0, "samePass": true } }], "criteria": [{ "criterion": { "name": "技术" },
                "krippendorffAlpha": null }], "disagreements": [{ "bid": { "label": "方案 A" }, "range": "30", "explained": false }] } },
            "ranking": { "nodes": [{ "rank": 1, "score": "90.00", "passed": true, "tieBrokenBy": null, "bid": { "id": "b" } }] },
            "raw": { "nodes": [] }, "normalised": { "nodes": [] }, "consensus": { "nodes": [] },
            "bids": { "nodes": [bid], "pageInfo": { "hasNextPage": true } },
        });
        let template = TEMPLATES.get_template("review_report").unwrap();
        let given = Given::from(Serde(json!({ "challenge": challenge, "style": STYLE })));
        let page = template.render(given).unwrap_or_else(|fault| panic!("{fault:#}"));
        assert!(page.contains("&lt;甲&gt;") && page.contains("2026-04-02 17:00") && page.contains("90.00"), "{page}");
    }
}
