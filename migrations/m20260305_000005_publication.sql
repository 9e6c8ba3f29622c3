-- Questions fall due, and are settled by an answer or by a recorded reason why there is none.
alter table questions add column answer_due_at {instant};
alter table questions add column declined_at {instant};
alter table questions add column declined_because text;
alter table challenges add column open_questions integer not null default 0;
update challenges set open_questions = (
    select count(*) from questions where questions.challenge_id = challenges.id and questions.answered_at is null
);
create index questions_unsettled on questions (id) where answered_at is null and declined_at is null;

-- An amendment keeps what it changed, field by field. A bid knows how many material ones its bidder had before it.
alter table amendments add column changes text;
alter table challenges add column material_amendments integer not null default 0;
alter table challenges add column replacing_amendment integer not null default 0;
alter table bids add column amendments_seen integer not null default 0;
alter table bids add column amendments_answered integer not null default 0;
alter table indicators add column amended_at {instant};
alter table criteria add column amended_at {instant};

-- Site visits and data samples: to all, or not at all.
create table offers (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    kind text not null,
    description text not null,
    whereabouts text not null,
    takes_place_at {instant},
    offered_by {uuid} not null references users (id),
    offered_at {instant} not null,
    constraint offers_kind check (kind in ('SITE_VISIT', 'DATA_SAMPLE'))
);
create index offers_challenge on offers (challenge_id, id);

-- What a challenge asks of bidders and how it is decided, besides what has a column of its own. Frozen at publication.
alter table challenges add column terms text not null default '{}';

-- Who may bid: qualifications with their evidence, integrity cases, what ties organizations to one another, and who has agreed to bid
-- together.
alter table qualifications add column issued_by text;
alter table qualifications add column evidence text;
alter table qualifications add column verified_at {instant};
alter table qualifications add column verified_by {uuid};

create table integrity_cases (
    id {uuid} primary key,
    organization_id {uuid} not null references organizations (id),
    violation text not null,
    basis text not null,
    ban_from {instant} not null,
    ban_to {instant} not null,
    recorded_by {uuid} not null references users (id),
    recorded_at {instant} not null,
    exempted_at {instant},
    exempted_by {uuid} references users (id),
    exemption_grounds text,
    constraint integrity_cases_ban check (ban_from < ban_to)
);
create index integrity_cases_organization on integrity_cases (organization_id, id);

create table ties (
    id {uuid} primary key,
    first_id {uuid} not null references organizations (id),
    second_id {uuid} not null references organizations (id),
    kind text not null,
    basis text not null,
    recorded_by {uuid} not null references users (id),
    recorded_at {instant} not null,
    ended_at {instant},
    constraint ties_two check (first_id <> second_id)
);
create index ties_first on ties (first_id, id);
create index ties_second on ties (second_id, id);

create table consortium_consents (
    id {uuid} primary key,
    bid_id {uuid} not null references bids (id),
    organization_id {uuid} not null references organizations (id),
    asked_at {instant} not null,
    agreed boolean,
    answered_at {instant},
    answered_by {uuid} references users (id),
    constraint consortium_consents_member unique (bid_id, organization_id)
);
create index consortium_consents_organization on consortium_consents (organization_id, id);

-- The demand that a challenge was drafted from.
alter table challenges add column demand_id {uuid} references demands (id);
