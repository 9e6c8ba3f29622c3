//! One competition, step by step, as far as a test wants it.

use jiebang_server::commands::seed::PASSWORD;
use serde_json::{Value, json};

use crate::{Person, TestApp};

/// A complete scenario, as a department would hand it in.
pub fn challenge_input() -> Value {
    json!({
        "title": "下穿隧道积水十分钟预报",
        "domain": "URBAN_OPERATION", "scale": "SMALL_CUT", "mechanism": "OPEN_COMPETITION", "piLed": false,
        "legalRoute": "TESTBED_TRIAL",
        "background": "汛期下穿隧道积水来得快，封路总是慢一步。",
        "problemStatement": "提前十分钟报出积水深度超过二十厘米的时刻。",
        "siteConditions": "六处下穿隧道，开放雨量、泵站与视频数据。",
        "ipTerms": "知识产权归揭榜方，发榜方免费使用三年。",
        "eligibility": "独立法人，近三年无不良信用记录。",
        "acceptanceMethod": "汛期实测三个月，第三方出具检测报告。",
        "contact": "市政设施科 0371-00000000",
        "durationMonths": 9,
        "budget": { "total": 200000000i64, "fiscal": 80000000i64, "demander": 60000000i64, "bidder": 60000000i64 },
        "indicators": [
            { "name": "预报提前量", "unit": "min", "comparator": "GTE", "target": "10",
              "testMethod": "实测积水时刻与预报时刻之差", "mandatory": true, "weight": 60 },
            { "name": "误报率", "unit": "%", "comparator": "LTE", "target": "5.0",
              "testMethod": "汛期全部预报的人工复核", "mandatory": false, "weight": 40 },
        ],
        "criteria": [
            { "name": "技术方案", "weight": 50, "minimum": 60, "guidance": "先进性与可行性" },
            { "name": "实施计划", "weight": 30 },
            { "name": "经费合理性", "weight": 20 },
        ],
        "consortiumAllowed": true, "consortiumMaxMembers": 2,
    })
}

/// What an organizer opens a challenge's bids with: in a rehearsal the passphrase is the password.
pub fn opening(challenge: &str) -> Value {
    json!({ "challengeId": challenge, "passphrase": PASSWORD })
}

/// A complete solution to [`challenge_input`].
pub fn solution_input(indicators: &[String], title: &str, funding: i64) -> Value {
    json!({
        "title": title,
        "summary": "雷达临近预报与管网模型耦合。",
        "technicalApproach": "以一维管网模型同化雨量计与泵站水位，每分钟滚动预报。",
        "implementationPlan": "两个月接入，一个月标定，三个月实测。",
        "teamIntroduction": "水文、管网、软件三个小组，共十四人。",
        "principalInvestigator": "沈望舒",
        "requestedFunding": funding,
        "readinessLevel": 6,
        "commitments": [
            { "indicatorId": indicators[0], "value": "12", "note": "夜间同样" },
            { "indicatorId": indicators[1], "value": "4.5" },
        ],
    })
}

/// A competition under way.
pub struct Competition {
    /// The challenge's id.
    pub challenge: String,
    /// Its indicators' ids.
    pub indicators: Vec<String>,
    /// Its criteria's ids.
    pub criteria: Vec<String>,
    /// The bids handed in: bidder and bid.
    pub bids: Vec<(String, String)>,
}

/// The deadline of every competition here.
pub const DEADLINE: &str = "2026-04-01T17:00:00+08:00";

impl Competition {
    /// Drafted by the department `urban`.
    pub async fn drafted(app: &TestApp) -> Self {
        Self::drafted_with(app, json!({})).await
    }

    /// Drafted, with these fields in the place of [`challenge_input`]'s.
    pub async fn drafted_with(app: &TestApp, changes: Value) -> Self {
        let mut input = challenge_input();
        for (field, value) in changes.as_object().unwrap() {
            input[field] = value.clone();
        }
        let drafted = app.person("urban").await.does("draftChallenge", input).await;
        let challenge = drafted["challenge"]["id"].as_str().unwrap().to_owned();
        Self { challenge, indicators: Vec::new(), criteria: Vec::new(), bids: Vec::new() }
    }

    /// Drafted, handed in, approved by `organizer`.
    pub async fn approved(app: &TestApp) -> Self {
        Self::approved_with(app, json!({})).await
    }

    async fn approved_with(app: &TestApp, changes: Value) -> Self {
        let this = Self::drafted_with(app, changes).await;
        app.person("urban").await.does("submitChallenge", json!({ "challengeId": this.challenge })).await;
        app.person("organizer").await.does("approveChallenge", json!({ "challengeId": this.challenge })).await;
        this
    }

    /// Published by `organizer2`, open until [`DEADLINE`].
    pub async fn published(app: &TestApp) -> Self {
        Self::published_with(app, json!({})).await
    }

    /// Published, with these fields in the place of [`challenge_input`]'s.
    pub async fn published_with(app: &TestApp, changes: Value) -> Self {
        let this = Self::approved_with(app, changes).await;
        let input = json!({ "challengeId": this.challenge, "submissionDeadline": DEADLINE });
        app.person("organizer2").await.does("publishChallenge", input).await;
        Self::of(&app.anybody(), this.challenge).await
    }

    /// One that this person can see, without its bids.
    pub async fn of(person: &Person, challenge: String) -> Self {
        let seen = person.reads("challenge", json!({ "id": challenge })).await;
        let ids = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
        };
        Self { challenge, indicators: ids(&seen["indicators"]), criteria: ids(&seen["criteria"]), bids: Vec::new() }
    }

    /// One bid drafted and handed in.
    pub async fn bid(&mut self, app: &TestApp, bidder: &str, funding: i64) -> String {
        let person = app.person(bidder).await;
        let solution = solution_input(&self.indicators, &format!("{bidder} 的方案"), funding);
        let input = json!({ "challengeId": self.challenge, "solution": solution });
        let drafted = person.does("draftBid", input).await;
        let bid = drafted["bid"]["id"].as_str().unwrap().to_owned();
        person.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
        self.bids.push((bidder.to_owned(), bid.clone()));
        bid
    }

    /// Published, with bids by `aurora`, `beacon` and `cedar`.
    pub async fn with_bids(app: &TestApp) -> Self {
        let mut this = Self::published(app).await;
        for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 140_000_000), ("cedar", 130_000_000)] {
            this.bid(app, bidder, funding).await;
        }
        this
    }

    /// What an organizer opens it with: in a rehearsal the passphrase is the password.
    pub fn opening(&self) -> Value {
        opening(&self.challenge)
    }

    /// The deadline has passed and two organizers have opened.
    pub async fn opened(app: &TestApp) -> Self {
        Self::with_bids(app).await.opens(app).await
    }

    /// The deadline passes and two organizers open.
    pub async fn opens(self, app: &TestApp) -> Self {
        let this = self;
        app.set_clock("2026-04-02T09:00:00+08:00").await;
        for organizer in ["organizer", "organizer2"] {
            app.person(organizer).await.does("openBids", this.opening()).await;
        }
        this
    }

    /// Every bid has passed the formal check.
    pub async fn checked(app: &TestApp) -> Self {
        Self::opened(app).await.checks(app).await
    }

    /// Every bid passes the formal check.
    pub async fn checks(self, app: &TestApp) -> Self {
        let this = self;
        let organizer = app.person("organizer").await;
        for (_, bid) in &this.bids {
            let items = json!([{ "name": "材料完整", "passed": true }]);
            organizer.does("recordFormalCheck", json!({ "bidId": bid, "items": items })).await;
        }
        this
    }

    /// Two organizers record these items of a bid, as a failure asks; what the second was answered.
    pub async fn both_check(app: &TestApp, bid: &str, items: Value) -> Value {
        let input = json!({ "bidId": bid, "items": items });
        app.person("organizer").await.does("recordFormalCheck", input.clone()).await;
        app.person("organizer2").await.does("recordFormalCheck", input).await
    }

    /// The panel has been drawn; the names of its members, by seat.
    pub async fn drawn(app: &TestApp) -> (Self, Vec<String>) {
        Self::checked(app).await.draws(app).await
    }

    /// The panel is drawn.
    pub async fn draws(self, app: &TestApp) -> (Self, Vec<String>) {
        let this = self;
        app.person("organizer").await.does("drawPanel", json!({ "challengeId": this.challenge })).await;
        let judges = this.judges(app).await;
        (this, judges)
    }

    /// The user names of those who sit, as a judge would find out: who is asked to declare or has work here.
    pub async fn judges(&self, app: &TestApp) -> Vec<String> {
        let mut judges = Vec::new();
        for number in 1..=12 {
            let name = format!("judge{number}");
            let work = app.person(&name).await.reads("reviewTasks", json!({})).await;
            let pending = work["pendingDeclarations"].as_array().unwrap().iter();
            let tasks = work["reviewTasks"]["nodes"].as_array().unwrap().iter();
            let here =
                pending.map(|one| &one["challenge"]["id"]).chain(tasks.map(|one| &one["bid"]["challenge"]["id"]));
            if here.into_iter().any(|id| *id == self.challenge) {
                judges.push(name);
            }
        }
        judges
    }

    /// Every judge has declared to be free of conflicts.
    pub async fn declared(app: &TestApp) -> (Self, Vec<String>) {
        Self::drawn(app).await.0.declares(app).await
    }

    /// Every judge who sits declares to be free of conflicts.
    pub async fn declares(self, app: &TestApp) -> (Self, Vec<String>) {
        let judges = self.judges(app).await;
        for judge in &judges {
            let input = json!({ "challengeId": self.challenge, "conflictFree": true });
            app.person(judge).await.does("declareInterest", input).await;
        }
        (self, judges)
    }

    /// The marks of one sheet, the same for every criterion.
    pub fn marks(&self, mark: &str) -> Value {
        self.criteria.iter().map(|id| json!({ "criterionId": id, "score": mark })).collect()
    }

    /// Every sheet is in: aurora at 90, beacon at 80, cedar at 60.
    pub async fn scored(app: &TestApp) -> Self {
        let (this, judges) = Self::declared(app).await;
        this.scores(app, &judges).await
    }

    /// These judges hand in every sheet.
    pub async fn scores(self, app: &TestApp, judges: &[String]) -> Self {
        for judge in judges {
            let person = app.person(judge).await;
            for ((_, bid), mark) in self.bids.iter().zip(["90", "80.5", "60"]) {
                person.does("submitScoreSheet", json!({ "bidId": bid, "marks": self.marks(mark) })).await;
            }
        }
        self
    }

    /// The review is closed.
    pub async fn ranked(app: &TestApp) -> Self {
        Self::scored(app).await.ranks(app).await
    }

    /// The review is closed.
    pub async fn ranks(self, app: &TestApp) -> Self {
        app.person("organizer").await.does("closeReview", json!({ "challengeId": self.challenge })).await;
        self
    }

    /// The notice is out, aurora proposed; its id.
    pub async fn noticed(app: &TestApp) -> (Self, String) {
        Self::ranked(app).await.notices(app).await
    }

    /// The notice comes out, aurora proposed; its id.
    pub async fn notices(self, app: &TestApp) -> (Self, String) {
        let input = json!({ "challengeId": self.challenge, "winnerBidIds": [self.bids[0].1] });
        let noticed = app.person("organizer").await.does("publishNotice", input).await;
        let notice = noticed["notice"]["id"].as_str().unwrap().to_owned();
        (self, notice)
    }

    /// The notice has ended and the challenge is awarded; the project's id.
    pub async fn awarded(app: &TestApp) -> (Self, String) {
        let (this, _) = Self::noticed(app).await;
        app.set_clock("2026-04-20T09:00:00+08:00").await;
        let awarded =
            app.person("organizer").await.does("awardChallenge", json!({ "challengeId": this.challenge })).await;
        let project = awarded["projects"][0]["id"].as_str().unwrap().to_owned();
        (this, project)
    }
}
