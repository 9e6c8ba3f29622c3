create table installation (
    id integer primary key,
    kind text not null,
    since {instant} not null,
    clock_at {instant},
    constraint installation_single check (id = 1),
    constraint installation_kind check (kind in ('REAL', 'REHEARSAL'))
);

create table organizations (
    id {uuid} primary key,
    name text not null,
    kind text not null,
    uscc text not null,
    verification text not null,
    registered_in_zone boolean not null,
    refusal text,
    created_at {instant} not null,
    constraint organizations_uscc unique (uscc)
);
create index organizations_name on organizations (name, id);

create table qualifications (
    id {uuid} primary key,
    organization_id {uuid} not null references organizations (id),
    kind text not null,
    certificate_no text,
    valid_from text not null,
    valid_to text
);
create index qualifications_organization on qualifications (organization_id, valid_from, id);

create table users (
    id {uuid} primary key,
    username text not null,
    name text not null,
    password_hash text not null,
    password_changed_at {instant} not null,
    roles text not null,
    judge_kind text,
    organization_id {uuid} references organizations (id),
    suspended_at {instant},
    created_at {instant} not null,
    constraint users_username unique (username)
);
create index users_organization on users (organization_id);
create index users_judge_kind on users (judge_kind);

create table former_passwords (
    id {uuid} primary key,
    user_id {uuid} not null references users (id),
    password_hash text not null
);
create index former_passwords_user on former_passwords (user_id, id);

create table sessions (
    id {uuid} primary key,
    user_id {uuid} not null references users (id),
    created_at {instant} not null,
    last_used_at {instant} not null,
    expires_at {instant} not null,
    ended_at {instant},
    user_agent text
);
create index sessions_user on sessions (user_id, id);

create table refresh_tokens (
    hash {bytes} primary key,
    session_id {uuid} not null references sessions (id),
    issued_at {instant} not null,
    used_at {instant}
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table sign_in_failures (
    id {uuid} primary key,
    name_digest {bytes} not null,
    at {instant} not null
);
create index sign_in_failures_name on sign_in_failures (name_digest, at);

create table first_answers (
    user_id {uuid} not null,
    mutation text not null,
    idempotency_key text not null,
    content {bytes} not null,
    answer text not null,
    at {instant} not null,
    primary key (user_id, mutation, idempotency_key)
);

create table calendar_years (
    year integer primary key,
    source text not null,
    loaded_at {instant} not null
);

create table calendar_days (
    day text primary key,
    year integer not null references calendar_years (year),
    kind text not null,
    name text not null
);
create index calendar_days_year on calendar_days (year);

create table rule_sets (
    id {uuid} primary key,
    name text not null,
    version integer not null,
    numbers text not null,
    created_at {instant} not null,
    constraint rule_sets_version unique (name, version)
);

create table code_counters (
    year integer primary key,
    last integer not null
);

create table challenges (
    id {uuid} primary key,
    code text,
    title text not null,
    domain text,
    scale text,
    mechanism text,
    pi_led boolean not null,
    legal_route text,
    status text not null,
    suspended_from text,
    department_id {uuid} not null references organizations (id),
    author_id {uuid} not null references users (id),
    approver_id {uuid} references users (id),
    background text not null,
    problem_statement text not null,
    site_conditions text not null,
    ip_terms text not null,
    eligibility text not null,
    acceptance_method text not null,
    contact text not null,
    duration_months integer,
    budget_total {long},
    budget_fiscal {long},
    budget_demander {long},
    budget_bidder {long},
    consortium_allowed boolean not null,
    consortium_max_members integer not null,
    created_at {instant} not null,
    return_reason text,
    urgent_reason text,
    cancel_reason text,
    published_at {instant},
    questions_close_at {instant},
    submission_deadline {instant},
    opened_at {instant},
    bid_count integer,
    awarded_at {instant},
    listed_deadline {instant} not null,
    listed_at {instant} not null,
    version integer not null,
    constraint challenges_code unique (code)
);
create index challenges_by_deadline on challenges (listed_deadline, id) where published_at is not null;
create index challenges_by_publication on challenges (listed_at, id) where published_at is not null;
create index challenges_department on challenges (department_id, id);

create table challenge_rule_sets (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    rule_set_id {uuid} not null references rule_sets (id),
    version integer not null,
    numbers text not null,
    constraint challenge_rule_sets_challenge unique (challenge_id)
);

create table indicators (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    position integer not null,
    name text not null,
    unit text not null,
    comparator text not null,
    target text not null,
    tolerance text,
    test_method text not null,
    mandatory boolean not null,
    weight integer not null
);
create index indicators_challenge on indicators (challenge_id, position);

create table criteria (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    position integer not null,
    name text not null,
    weight integer not null,
    minimum integer,
    guidance text
);
create index criteria_challenge on criteria (challenge_id, position);

create table questions (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    asker_id {uuid} not null references users (id),
    asker_organization_id {uuid} not null references organizations (id),
    question text not null,
    asked_at {instant} not null,
    answer text,
    answered_at {instant},
    answered_by {uuid} references users (id)
);
create index questions_challenge on questions (challenge_id, id);

create table amendments (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    summary text not null,
    material boolean not null,
    at {instant} not null,
    new_deadline {instant},
    author_id {uuid} not null references users (id)
);
create index amendments_challenge on amendments (challenge_id, id);

create table challenge_seals (
    challenge_id {uuid} primary key references challenges (id),
    mode text not null,
    recipient text not null,
    wrapped_identity {bytes} not null,
    closing_nonce {bytes},
    closing_root text,
    constraint challenge_seals_mode check (mode in ('SERVER'))
);

create table opening_approvals (
    challenge_id {uuid} not null references challenges (id),
    organizer_id {uuid} not null references users (id),
    at {instant} not null,
    primary key (challenge_id, organizer_id)
);

create table panels (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    algorithm text not null,
    seed_commitment text not null,
    sealed_seed {bytes} not null,
    seed text,
    candidates_hash text not null,
    entropy text,
    excluded text,
    drawn_at {instant},
    closed_at {instant},
    constraint panels_challenge unique (challenge_id)
);

create table draw_candidates (
    challenge_id {uuid} not null references challenges (id),
    user_id {uuid} not null references users (id),
    pseudonym text not null,
    salt {bytes} not null,
    line text not null,
    primary key (challenge_id, user_id)
);

create table panel_seats (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    user_id {uuid} not null references users (id),
    kind text not null,
    seated_at {instant} not null,
    declared_at {instant},
    stepped_aside_at {instant},
    stepped_aside_why text,
    conflict_with text,
    replaced_at {instant},
    replaced_why text,
    replaced_by {uuid} references panel_seats (id),
    constraint panel_seats_judge unique (challenge_id, user_id)
);
create index panel_seats_user on panel_seats (user_id, challenge_id);

create table bids (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    bidder_id {uuid} not null references organizations (id),
    author_id {uuid} not null references users (id),
    status text not null,
    version integer not null,
    label text,
    created_at {instant} not null,
    submitted_at {instant},
    in_force integer,
    withdrawn_at {instant},
    withdraw_reason text,
    broken text,
    requested_funding {long},
    constraint bids_bidder unique (challenge_id, bidder_id)
);
create index bids_by_bidder on bids (bidder_id, id);

create table bid_members (
    bid_id {uuid} not null references bids (id),
    organization_id {uuid} not null references organizations (id),
    position integer not null,
    primary key (bid_id, organization_id)
);
create index bid_members_organization on bid_members (organization_id);

create table bid_drafts (
    bid_id {uuid} primary key references bids (id),
    sealed {bytes} not null,
    updated_at {instant} not null
);

create table bid_submissions (
    bid_id {uuid} not null references bids (id),
    version integer not null,
    submitted_by {uuid} not null references users (id),
    sealed_at {instant} not null,
    sealed {bytes} not null,
    sealed_sha256 text not null,
    commitment text not null,
    receipt text not null,
    key_id text not null,
    primary key (bid_id, version)
);

create table bid_solutions (
    bid_id {uuid} primary key references bids (id),
    content text not null
);

create table formal_checks (
    bid_id {uuid} primary key references bids (id),
    passed boolean not null,
    items text not null,
    checked_by {uuid} not null references users (id),
    at {instant} not null
);

create table score_sheets (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    bid_id {uuid} not null references bids (id),
    seat_id {uuid} not null references panel_seats (id),
    judge_id {uuid} not null references users (id),
    marks text not null,
    total {long},
    remark text,
    submitted_at {instant},
    constraint score_sheets_seat unique (seat_id, bid_id)
);
create index score_sheets_bid on score_sheets (bid_id);
create index score_sheets_challenge on score_sheets (challenge_id);

create table ranked_bids (
    challenge_id {uuid} not null references challenges (id),
    bid_id {uuid} not null references bids (id),
    rank integer not null,
    score_sum {long} not null,
    score_count integer not null,
    passed boolean not null,
    tie_broken_by text,
    primary key (challenge_id, bid_id),
    constraint ranked_bids_rank unique (challenge_id, rank)
);

create table negotiations (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    bid_id {uuid} not null references bids (id),
    topic text not null,
    minutes text not null,
    agreed boolean not null,
    recorded_by {uuid} not null references users (id),
    at {instant} not null
);

create table notices (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    starts_at {instant} not null,
    ends_at {instant} not null,
    reason text,
    published_by {uuid} not null references users (id),
    published_at {instant} not null,
    voided_at {instant}
);
create index notices_challenge on notices (challenge_id, id);

create table notice_winners (
    notice_id {uuid} not null references notices (id),
    bid_id {uuid} not null references bids (id),
    position integer not null,
    primary key (notice_id, bid_id)
);

create table objections (
    id {uuid} primary key,
    notice_id {uuid} not null references notices (id),
    challenge_id {uuid} not null references challenges (id),
    raised_by {uuid} not null references users (id),
    organization_id {uuid} not null references organizations (id),
    grounds text not null,
    requested_remedy text,
    status text not null,
    ruling text,
    ruled_by {uuid} references users (id),
    raised_at {instant} not null,
    ruled_at {instant}
);
create index objections_notice on objections (notice_id, id);

create table projects (
    id {uuid} primary key,
    challenge_id {uuid} not null references challenges (id),
    bid_id {uuid} not null references bids (id),
    lead_id {uuid} not null references organizations (id),
    status text not null,
    contract_no text,
    contract_sha256 text,
    agreement_effective_at {instant},
    created_at {instant} not null,
    constraint projects_bid unique (bid_id),
    constraint projects_contract_no unique (contract_no)
);
create index projects_challenge on projects (challenge_id, id);

create table technologies (
    id {uuid} primary key,
    name text not null,
    field text not null,
    principle text not null,
    replaces text not null,
    lead_id {uuid} not null references organizations (id),
    readiness_level integer not null,
    status text not null,
    nominated_by {uuid} not null references users (id),
    nominated_for {uuid} references organizations (id),
    nominated_at {instant} not null,
    admitted_by {uuid} references users (id),
    admitted_at {instant},
    opinion text,
    constraint technologies_name unique (lead_id, name)
);

create table targets (
    id {uuid} primary key,
    year integer not null,
    metric text not null,
    name text not null,
    comparator text not null,
    value text not null,
    unit text not null,
    position integer not null,
    constraint targets_name unique (year, name)
);
create unique index targets_computed on targets (year, metric) where metric <> 'OTHER';

create table target_values (
    id {uuid} primary key,
    target_id {uuid} not null references targets (id),
    as_of text not null,
    value text not null,
    source text not null,
    recorded_by {uuid} references users (id),
    at {instant} not null
);
create index target_values_target on target_values (target_id, as_of, id);

create table events (
    id {uuid} primary key,
    stream text not null,
    seq integer not null,
    at {instant} not null,
    kind text not null,
    subject text not null,
    challenge_id {uuid},
    audience text not null,
    audience_id {uuid},
    actor_id {uuid},
    public_text text not null,
    private_facts text not null,
    salt {bytes} not null,
    private_digest text not null,
    previous_hash text not null,
    hash text not null,
    constraint events_stream_seq unique (stream, seq)
);
create index events_challenge on events (challenge_id, id);
create index events_audience on events (audience, audience_id, id);
create index events_subject on events (subject, id);

create table timers (
    id {uuid} primary key,
    kind text not null,
    subject_id {uuid} not null,
    run_at {instant} not null,
    done_at {instant}
);
create index timers_due on timers (run_at, id) where done_at is null;

create table signing_keys (
    key_id text primary key,
    purpose text not null,
    public_key text not null,
    since {instant} not null
);
