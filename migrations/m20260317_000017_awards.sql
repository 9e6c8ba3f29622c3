-- An order to stand still lies over where a challenge is, until it is lifted.
alter table challenges add column ordered_at {instant};
alter table challenges add column ordered_by {uuid} references users (id);
alter table challenges add column ordered_as text;
alter table challenges add column order_reason text;

-- What takes two organizers: the one has said it, another has to say the same.
create table first_words (
    act text not null,
    subject_id {uuid} not null,
    said_by {uuid} not null references users (id),
    because text not null,
    ground text,
    said_at {instant} not null,
    primary key (act, subject_id)
);

-- Talks: when, who was there, why a better-ranked candidate was passed over, and what was offered.
alter table negotiations add column held_at {instant};
alter table negotiations add column people text not null default '[]';
alter table negotiations add column reason text;
alter table negotiations add column offer text;
create index negotiations_bid on negotiations (bid_id, id);

-- Why a notice counts no more.
alter table notices add column voided_because text;

-- By when an objection is ruled on, and what an upheld one has led to.
alter table objections add column due_at {instant};
alter table objections add column remedy text;
alter table objections add column remedy_bid_id {uuid} references bids (id);
create index objections_challenge on objections (challenge_id, id);
create index objections_open on objections (status, due_at, id);

-- Complaints (投诉): an objection was dismissed, or not ruled on in time.
create table complaints (
    id {uuid} primary key,
    objection_id {uuid} not null references objections (id),
    challenge_id {uuid} not null references challenges (id),
    raised_by {uuid} not null references users (id),
    organization_id {uuid} not null references organizations (id),
    grounds text not null,
    requested_remedy text,
    status text not null,
    raised_at {instant} not null,
    accept_due_at {instant} not null,
    accepted_at {instant},
    accepted_by {uuid} references users (id),
    decide_due_at {instant},
    decision text,
    decided_by {uuid} references users (id),
    decided_at {instant},
    remedy text,
    remedy_bid_id {uuid} references bids (id),
    constraint complaints_objection unique (objection_id)
);
create index complaints_challenge on complaints (challenge_id, id);
create index complaints_open on complaints (status, id);

-- The agreement: what notice and bid have fixed, or stricter.
alter table projects add column due_at {instant};
alter table projects add column amount {long};
alter table projects add column duration_months integer;
alter table projects add column ends_at {instant};
alter table projects add column registration_no text;
alter table projects add column ended_at {instant};
alter table projects add column ended_because text;
alter table projects add column ended_ground text;
-- The principal investigator and what was pledged (军令状).
alter table projects add column investigator_id {uuid} references users (id);
alter table projects add column pledge text;
alter table projects add column pledged_at {instant};
create index projects_investigator on projects (investigator_id);
create index projects_due on projects (status, due_at, id);
-- The ledger of indicators: for each what the notice asks, what the bid has committed to, and what was agreed.
create table agreement_indicators (
    project_id {uuid} not null references projects (id),
    indicator_id {uuid} not null references indicators (id),
    position integer not null,
    committed text,
    agreed text not null,
    primary key (project_id, indicator_id)
);
