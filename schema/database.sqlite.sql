CREATE TABLE agreement_indicators (
    project_id uuid_text not null references projects (id),
    indicator_id uuid_text not null references indicators (id),
    position integer not null,
    committed text,
    agreed text not null,
    primary key (project_id, indicator_id)
);
CREATE TABLE amendments (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    summary text not null,
    material boolean not null,
    at timestamp_with_timezone_text not null,
    new_deadline timestamp_with_timezone_text,
    author_id uuid_text not null references users (id)
, changes text);
CREATE TABLE api_tokens (
    id uuid_text primary key,
    user_id uuid_text not null references users (id),
    name text not null,
    scope text not null,
    hash blob not null,
    created_at timestamp_with_timezone_text not null,
    expires_at timestamp_with_timezone_text not null,
    last_used_at timestamp_with_timezone_text,
    revoked_at timestamp_with_timezone_text,
    constraint api_tokens_hash unique (hash)
);
CREATE TABLE bid_drafts (
    bid_id uuid_text primary key references bids (id),
    sealed blob not null,
    updated_at timestamp_with_timezone_text not null
);
CREATE TABLE bid_file_parts (
    object uuid_text primary key,
    file_id uuid_text not null references bid_files (id)
);
CREATE TABLE bid_files (
    id uuid_text primary key,
    bid_id uuid_text not null references bids (id),
    version integer,
    sealed blob not null,
    size bigint not null,
    received bigint not null,
    finished_at timestamp_with_timezone_text,
    created_by uuid_text not null references users (id),
    created_at timestamp_with_timezone_text not null,
    touched_at timestamp_with_timezone_text not null
);
CREATE TABLE bid_members (
    bid_id uuid_text not null references bids (id),
    organization_id uuid_text not null references organizations (id),
    position integer not null,
    primary key (bid_id, organization_id)
);
CREATE TABLE bid_solutions (
    bid_id uuid_text primary key references bids (id),
    content text not null
);
CREATE TABLE bid_submissions (
    bid_id uuid_text not null references bids (id),
    version integer not null,
    submitted_by uuid_text not null references users (id),
    sealed_at timestamp_with_timezone_text not null,
    sealed blob not null,
    sealed_sha256 text not null,
    commitment text not null,
    receipt text not null,
    key_id text not null,
    primary key (bid_id, version)
);
CREATE TABLE bids (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    bidder_id uuid_text not null references organizations (id),
    author_id uuid_text not null references users (id),
    status text not null,
    version integer not null,
    label text,
    created_at timestamp_with_timezone_text not null,
    submitted_at timestamp_with_timezone_text,
    in_force integer,
    withdrawn_at timestamp_with_timezone_text,
    withdraw_reason text,
    broken text,
    requested_funding bigint, amendments_seen integer not null default 0, amendments_answered integer not null default 0, draft_key uuid_text,
    constraint bids_bidder unique (challenge_id, bidder_id)
);
CREATE TABLE calendar_days (
    day text primary key,
    year integer not null references calendar_years (year),
    kind text not null,
    name text not null
);
CREATE TABLE calendar_years (
    year integer primary key,
    source text not null,
    loaded_at timestamp_with_timezone_text not null
);
CREATE TABLE capabilities (
    id uuid_text primary key,
    organization_id uuid_text not null references organizations (id),
    title text not null,
    description text not null,
    version integer not null,
    created_at timestamp_with_timezone_text not null
);
CREATE TABLE capability_domains (
    capability_id uuid_text not null references capabilities (id),
    domain text not null,
    organization_id uuid_text not null references organizations (id),
    primary key (capability_id, domain)
);
CREATE TABLE capability_words (
    capability_id uuid_text not null references capabilities (id),
    word text not null,
    organization_id uuid_text not null references organizations (id),
    primary key (capability_id, word)
);
CREATE TABLE challenge_rule_sets (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    rule_set_id uuid_text not null references rule_sets (id),
    version integer not null,
    numbers text not null,
    constraint challenge_rule_sets_challenge unique (challenge_id)
);
CREATE TABLE challenges (
    id uuid_text primary key,
    code text,
    title text not null,
    domain text,
    scale text,
    mechanism text,
    pi_led boolean not null,
    legal_route text,
    status text not null,
    suspended_from text,
    department_id uuid_text not null references organizations (id),
    author_id uuid_text not null references users (id),
    approver_id uuid_text references users (id),
    background text not null,
    problem_statement text not null,
    site_conditions text not null,
    ip_terms text not null,
    eligibility text not null,
    acceptance_method text not null,
    contact text not null,
    duration_months integer,
    budget_total bigint,
    budget_fiscal bigint,
    budget_demander bigint,
    budget_bidder bigint,
    consortium_allowed boolean not null,
    consortium_max_members integer not null,
    created_at timestamp_with_timezone_text not null,
    return_reason text,
    urgent_reason text,
    cancel_reason text,
    published_at timestamp_with_timezone_text,
    questions_close_at timestamp_with_timezone_text,
    submission_deadline timestamp_with_timezone_text,
    opened_at timestamp_with_timezone_text,
    bid_count integer,
    awarded_at timestamp_with_timezone_text,
    listed_deadline timestamp_with_timezone_text not null,
    listed_at timestamp_with_timezone_text not null,
    version integer not null, open_questions integer not null default 0, material_amendments integer not null default 0, replacing_amendment integer not null default 0, terms text not null default '{}', demand_id uuid_text references demands (id), external_result text, external_result_url text, approved_rules integer, rerun_of uuid_text references challenges (id), ordered_at timestamp_with_timezone_text, ordered_by uuid_text references users (id), ordered_as text, order_reason text,
    constraint challenges_code unique (code)
);
CREATE TABLE code_counters (
    year integer primary key,
    last integer not null
);
CREATE TABLE complaints (
    id uuid_text primary key,
    objection_id uuid_text not null references objections (id),
    challenge_id uuid_text not null references challenges (id),
    raised_by uuid_text not null references users (id),
    organization_id uuid_text not null references organizations (id),
    grounds text not null,
    requested_remedy text,
    status text not null,
    raised_at timestamp_with_timezone_text not null,
    accept_due_at timestamp_with_timezone_text not null,
    accepted_at timestamp_with_timezone_text,
    accepted_by uuid_text references users (id),
    decide_due_at timestamp_with_timezone_text,
    decision text,
    decided_by uuid_text references users (id),
    decided_at timestamp_with_timezone_text,
    remedy text,
    remedy_bid_id uuid_text references bids (id),
    constraint complaints_objection unique (objection_id)
);
CREATE TABLE consensus_sheets (
    bid_id uuid_text primary key references bids (id),
    challenge_id uuid_text not null references challenges (id),
    seat_id uuid_text not null references panel_seats (id),
    marks text not null,
    remark text,
    submitted_at timestamp_with_timezone_text not null
);
CREATE TABLE consortium_consents (
    id uuid_text primary key,
    bid_id uuid_text not null references bids (id),
    organization_id uuid_text not null references organizations (id),
    asked_at timestamp_with_timezone_text not null,
    agreed boolean,
    answered_at timestamp_with_timezone_text,
    answered_by uuid_text references users (id), named boolean not null default true, handed_in boolean not null default false,
    constraint consortium_consents_member unique (bid_id, organization_id)
);
CREATE TABLE corrections (
    bid_id uuid_text primary key references bids (id),
    asked text not null,
    asked_by uuid_text not null references users (id),
    asked_at timestamp_with_timezone_text not null,
    due_at timestamp_with_timezone_text not null,
    found_by uuid_text not null references users (id),
    found_items text not null,
    answers text,
    answered_by uuid_text references users (id),
    answered_at timestamp_with_timezone_text
);
CREATE TABLE criteria (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    position integer not null,
    name text not null,
    weight integer not null,
    minimum integer,
    guidance text
, amended_at timestamp_with_timezone_text, price_formula text);
CREATE TABLE demand_experts (
    demand_id uuid_text not null references demands (id),
    round integer not null,
    user_id uuid_text not null references users (id),
    asked_at timestamp_with_timezone_text not null,
    asked_by uuid_text not null references users (id),
    primary key (demand_id, round, user_id)
);
CREATE TABLE demand_qualifications (
    demand_id uuid_text not null references demands (id),
    kind text not null,
    position integer not null,
    primary key (demand_id, kind)
);
CREATE TABLE demand_words (
    demand_id uuid_text not null references demands (id),
    word text not null,
    position integer not null,
    primary key (demand_id, word)
);
CREATE TABLE demands (
    id uuid_text primary key,
    title text not null,
    domain text,
    scale text,
    site text not null,
    pain_points text not null,
    content text not null,
    goals text not null,
    open_resources text not null,
    technical_requirements text not null,
    cooperation text,
    budget_from bigint,
    budget_to bigint,
    schedule text not null,
    contact text not null,
    status text not null,
    round integer not null,
    decided_round integer not null,
    reason text,
    department_id uuid_text not null references organizations (id),
    author_id uuid_text not null references users (id),
    created_at timestamp_with_timezone_text not null,
    submitted_at timestamp_with_timezone_text,
    listed_at timestamp_with_timezone_text,
    ordered_at timestamp_with_timezone_text not null,
    batch_id uuid_text references release_batches (id),
    merged_into uuid_text references demands (id),
    version integer not null
, money_low bigint, money_high bigint, money_node bigint);
CREATE TABLE disqualifications (
    bid_id uuid_text primary key references bids (id),
    why text not null,
    found_by uuid_text not null references users (id),
    found_at timestamp_with_timezone_text not null,
    confirmed_why text,
    confirmed_by uuid_text references users (id),
    confirmed_at timestamp_with_timezone_text
);
CREATE TABLE draw_candidates (
    challenge_id uuid_text not null references challenges (id),
    user_id uuid_text not null references users (id),
    pseudonym text not null,
    salt blob not null,
    line text not null, drawn_at timestamp_with_timezone_text, released_at timestamp_with_timezone_text,
    primary key (challenge_id, user_id)
);
CREATE TABLE events (
    id uuid_text primary key,
    stream text not null,
    seq integer not null,
    at timestamp_with_timezone_text not null,
    kind text not null,
    subject text not null,
    challenge_id uuid_text,
    audience text not null,
    audience_id uuid_text,
    actor_id uuid_text,
    public_text text not null,
    private_facts text not null,
    salt blob not null,
    private_digest text not null,
    previous_hash text not null,
    hash text not null,
    constraint events_stream_seq unique (stream, seq)
);
CREATE TABLE evidence (
    id uuid_text primary key,
    notice_id uuid_text not null references notices (id),
    organization_id uuid_text not null references organizations (id),
    objection_id uuid_text references objections (id),
    complaint_id uuid_text references complaints (id),
    sealed blob not null,
    size bigint not null,
    received bigint not null,
    finished_at timestamp_with_timezone_text,
    created_by uuid_text not null references users (id),
    created_at timestamp_with_timezone_text not null,
    touched_at timestamp_with_timezone_text not null,
    constraint evidence_goes_with_one check (objection_id is null or complaint_id is null),
    constraint evidence_is_whole check (finished_at is not null or (objection_id is null and complaint_id is null))
);
CREATE TABLE evidence_parts (
    object uuid_text primary key,
    evidence_id uuid_text not null references evidence (id)
);
CREATE TABLE expert_fields (
    expert_id uuid_text not null references experts (id),
    domain text not null,
    primary key (expert_id, domain)
) without rowid;
CREATE TABLE expert_relations (
    id uuid_text primary key,
    expert_id uuid_text not null references experts (id),
    kind text not null,
    organization_id uuid_text references organizations (id),
    name text not null,
    name_form text not null,
    from_day text not null,
    to_day text,
    note text,
    recorded_by uuid_text not null references users (id),
    recorded_at timestamp_with_timezone_text not null,
    confirmed_by uuid_text references users (id),
    ended_by uuid_text references users (id),
    ended_because text
);
CREATE TABLE experts (
    id uuid_text primary key,
    user_id uuid_text not null references users (id),
    title text not null,
    years integer not null,
    phone text not null,
    unavailable_until text,
    version integer not null,
    joined_at timestamp_with_timezone_text not null,
    stated_by uuid_text not null references users (id),
    stated_at timestamp_with_timezone_text not null,
    confirmed_at timestamp_with_timezone_text,
    confirmed_by uuid_text references users (id)
);
CREATE TABLE first_answers (
    user_id uuid_text not null,
    mutation text not null,
    idempotency_key text not null,
    content blob not null,
    answer text not null,
    at timestamp_with_timezone_text not null,
    primary key (user_id, mutation, idempotency_key)
);
CREATE TABLE first_words (
    act text not null,
    subject_id uuid_text not null,
    said_by uuid_text not null references users (id),
    because text not null,
    ground text,
    said_at timestamp_with_timezone_text not null,
    primary key (act, subject_id)
);
CREATE TABLE formal_checks (
    bid_id uuid_text primary key references bids (id),
    passed boolean not null,
    items text not null,
    checked_by uuid_text not null references users (id),
    at timestamp_with_timezone_text not null
, first_found_by uuid_text references users (id), first_items text);
CREATE TABLE formal_findings (
    bid_id uuid_text primary key references bids (id),
    items text not null,
    found_by uuid_text not null references users (id),
    at timestamp_with_timezone_text not null
);
CREATE TABLE former_passwords (
    id uuid_text primary key,
    user_id uuid_text not null references users (id),
    password_hash text not null
);
CREATE TABLE indicators (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    position integer not null,
    name text not null,
    unit text not null,
    comparator text not null,
    target text not null,
    tolerance text,
    test_method text not null,
    mandatory boolean not null,
    weight integer not null
, amended_at timestamp_with_timezone_text);
CREATE TABLE installation (
    id integer primary key,
    kind text not null,
    since timestamp_with_timezone_text not null,
    clock_at timestamp_with_timezone_text, files_id uuid_text,
    constraint installation_single check (id = 1),
    constraint installation_kind check (kind in ('REAL', 'REHEARSAL'))
);
CREATE TABLE integrity_cases (
    id uuid_text primary key,
    organization_id uuid_text not null references organizations (id),
    violation text not null,
    basis text not null,
    ban_from timestamp_with_timezone_text not null,
    ban_to timestamp_with_timezone_text not null,
    recorded_by uuid_text not null references users (id),
    recorded_at timestamp_with_timezone_text not null,
    exempted_at timestamp_with_timezone_text,
    exempted_by uuid_text references users (id),
    exemption_grounds text,
    constraint integrity_cases_ban check (ban_from < ban_to)
);
CREATE TABLE interests (
    id uuid_text primary key,
    demand_id uuid_text not null references demands (id),
    organization_id uuid_text not null references organizations (id),
    note text not null,
    registered_at timestamp_with_timezone_text not null,
    registered_by uuid_text not null references users (id),
    withdrawn_at timestamp_with_timezone_text,
    constraint interests_once unique (demand_id, organization_id)
);
CREATE TABLE invitations (
    id uuid_text primary key,
    demand_id uuid_text not null references demands (id),
    organization_id uuid_text not null references organizations (id),
    message text not null,
    at timestamp_with_timezone_text not null,
    invited_by uuid_text not null references users (id),
    constraint invitations_once unique (demand_id, organization_id)
);
CREATE TABLE member_invitations (
    id uuid_text primary key,
    organization_id uuid_text not null references organizations (id),
    member_right text not null,
    note text not null,
    code_hash blob not null,
    invited_by uuid_text not null references users (id),
    created_at timestamp_with_timezone_text not null,
    expires_at timestamp_with_timezone_text not null,
    accepted_by uuid_text references users (id),
    accepted_at timestamp_with_timezone_text,
    revoked_at timestamp_with_timezone_text,
    constraint member_invitations_code unique (code_hash)
);
CREATE TABLE negotiations (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    bid_id uuid_text not null references bids (id),
    topic text not null,
    minutes text not null,
    agreed boolean not null,
    recorded_by uuid_text not null references users (id),
    at timestamp_with_timezone_text not null
, held_at timestamp_with_timezone_text, people text not null default '[]', reason text, offer text);
CREATE TABLE notice_winners (
    notice_id uuid_text not null references notices (id),
    bid_id uuid_text not null references bids (id),
    position integer not null,
    primary key (notice_id, bid_id)
);
CREATE TABLE notices (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    starts_at timestamp_with_timezone_text not null,
    ends_at timestamp_with_timezone_text not null,
    reason text,
    published_by uuid_text not null references users (id),
    published_at timestamp_with_timezone_text not null,
    voided_at timestamp_with_timezone_text
, voided_because text);
CREATE TABLE objections (
    id uuid_text primary key,
    notice_id uuid_text not null references notices (id),
    challenge_id uuid_text not null references challenges (id),
    raised_by uuid_text not null references users (id),
    organization_id uuid_text not null references organizations (id),
    grounds text not null,
    requested_remedy text,
    status text not null,
    ruling text,
    ruled_by uuid_text references users (id),
    raised_at timestamp_with_timezone_text not null,
    ruled_at timestamp_with_timezone_text
, due_at timestamp_with_timezone_text, remedy text, remedy_bid_id uuid_text references bids (id));
CREATE TABLE offers (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    kind text not null,
    description text not null,
    whereabouts text not null,
    takes_place_at timestamp_with_timezone_text,
    offered_by uuid_text not null references users (id),
    offered_at timestamp_with_timezone_text not null,
    constraint offers_kind check (kind in ('SITE_VISIT', 'DATA_SAMPLE'))
);
CREATE TABLE opening_approvals (
    challenge_id uuid_text not null references challenges (id),
    organizer_id uuid_text not null references users (id),
    at timestamp_with_timezone_text not null,
    primary key (challenge_id, organizer_id)
);
CREATE TABLE opening_keys (
    recipient text primary key,
    user_id uuid_text not null references users (id),
    derivation text,
    wrapped blob,
    registered_at timestamp_with_timezone_text not null,
    replaced_at timestamp_with_timezone_text,
    constraint opening_keys_kept check ((derivation is null) = (wrapped is null))
);
CREATE TABLE opening_shares (
    challenge_id uuid_text not null references challenges (id),
    holder_id uuid_text not null references users (id),
    recipient text not null references opening_keys (recipient),
    sealed text not null,
    sha256 text not null,
    primary key (challenge_id, holder_id)
);
CREATE TABLE opinions (
    id uuid_text primary key,
    demand_id uuid_text not null references demands (id),
    round integer not null,
    author_id uuid_text not null references users (id),
    giver text not null,
    verdict text not null,
    reasons text not null,
    at timestamp_with_timezone_text not null,
    constraint opinions_once unique (demand_id, round, author_id)
);
CREATE TABLE organizations (
    id uuid_text primary key,
    name text not null,
    kind text not null,
    uscc text not null,
    verification text not null,
    registered_in_zone boolean not null,
    refusal text,
    created_at timestamp_with_timezone_text not null,
    constraint organizations_uscc unique (uscc)
);
CREATE TABLE panel_seats (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    user_id uuid_text not null references users (id),
    kind text not null,
    seated_at timestamp_with_timezone_text not null,
    declared_at timestamp_with_timezone_text,
    stepped_aside_at timestamp_with_timezone_text,
    stepped_aside_why text,
    conflict_with text,
    replaced_at timestamp_with_timezone_text,
    replaced_why text,
    replaced_by uuid_text references panel_seats (id), signed_at timestamp_with_timezone_text, dissent text,
    constraint panel_seats_judge unique (challenge_id, user_id)
);
CREATE TABLE panel_steps (
    challenge_id uuid_text not null references challenges (id),
    step integer not null,
    at timestamp_with_timezone_text not null,
    excluded text not null,
    departed text not null,
    seated text not null,
    primary key (challenge_id, step)
);
CREATE TABLE panels (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    algorithm text not null,
    seed_commitment text not null,
    sealed_seed blob not null,
    seed text,
    candidates_hash text not null,
    entropy text,
    excluded text,
    drawn_at timestamp_with_timezone_text,
    closed_at timestamp_with_timezone_text, consensus_at timestamp_with_timezone_text, talked_at timestamp_with_timezone_text, chair_id uuid_text references panel_seats (id), unnormalised text, decided_by text, stability text,
    constraint panels_challenge unique (challenge_id)
);
CREATE TABLE projects (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    bid_id uuid_text not null references bids (id),
    lead_id uuid_text not null references organizations (id),
    status text not null,
    contract_no text,
    contract_sha256 text,
    agreement_effective_at timestamp_with_timezone_text,
    created_at timestamp_with_timezone_text not null, due_at timestamp_with_timezone_text, amount bigint, duration_months integer, ends_at timestamp_with_timezone_text, registration_no text, ended_at timestamp_with_timezone_text, ended_because text, ended_ground text, investigator_id uuid_text references users (id), pledge text, pledged_at timestamp_with_timezone_text,
    constraint projects_bid unique (bid_id),
    constraint projects_contract_no unique (contract_no)
);
CREATE TABLE qualifications (
    id uuid_text primary key,
    organization_id uuid_text not null references organizations (id),
    kind text not null,
    certificate_no text,
    valid_from text not null,
    valid_to text
, issued_by text, evidence text, verified_at timestamp_with_timezone_text, verified_by uuid_text, ended_at timestamp_with_timezone_text, ended_because text);
CREATE TABLE questions (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    asker_id uuid_text not null references users (id),
    asker_organization_id uuid_text not null references organizations (id),
    question text not null,
    asked_at timestamp_with_timezone_text not null,
    answer text,
    answered_at timestamp_with_timezone_text,
    answered_by uuid_text references users (id)
, answer_due_at timestamp_with_timezone_text, declined_at timestamp_with_timezone_text, declined_because text);
CREATE TABLE ranked_bids (
    challenge_id uuid_text not null references challenges (id),
    bid_id uuid_text not null references bids (id),
    rank integer not null,
    score_sum bigint not null,
    score_count integer not null,
    passed boolean not null,
    tie_broken_by text,
    primary key (challenge_id, bid_id),
    constraint ranked_bids_rank unique (challenge_id, rank)
);
CREATE TABLE rankings_beside (
    challenge_id uuid_text not null references challenges (id),
    basis text not null,
    bid_id uuid_text not null references bids (id),
    rank integer not null,
    score_sum bigint not null,
    score_count integer not null,
    passed boolean not null,
    tie_broken_by text,
    primary key (challenge_id, basis, bid_id),
    constraint rankings_beside_rank unique (challenge_id, basis, rank)
);
CREATE TABLE recovery_codes (
    digest blob primary key,
    user_id uuid_text not null references users (id),
    used_at timestamp_with_timezone_text
);
CREATE TABLE refresh_tokens (
    hash blob primary key,
    session_id uuid_text not null references sessions (id),
    issued_at timestamp_with_timezone_text not null,
    used_at timestamp_with_timezone_text
);
CREATE TABLE release_batches (
    id uuid_text primary key,
    code text not null,
    year integer not null,
    number integer not null,
    title text not null,
    released_at timestamp_with_timezone_text not null,
    released_by uuid_text not null references users (id),
    constraint release_batches_code unique (code),
    constraint release_batches_number unique (year, number)
);
CREATE TABLE release_counters (
    year integer primary key,
    last integer not null
);
CREATE TABLE rule_sets (
    id uuid_text primary key,
    name text not null,
    version integer not null,
    numbers text not null,
    created_at timestamp_with_timezone_text not null, revised_by uuid_text references users (id),
    constraint rule_sets_version unique (name, version)
);
CREATE TABLE score_sheets (
    id uuid_text primary key,
    challenge_id uuid_text not null references challenges (id),
    bid_id uuid_text not null references bids (id),
    seat_id uuid_text not null references panel_seats (id),
    judge_id uuid_text not null references users (id),
    marks text not null,
    remark text,
    submitted_at timestamp_with_timezone_text, abstained_why text, explained text, explained_at timestamp_with_timezone_text,
    constraint score_sheets_seat unique (seat_id, bid_id)
);
CREATE TABLE seals (
    challenge_id uuid_text primary key references challenges (id),
    mode text not null,
    recipient text not null,
    wrapped_identity blob,
    closing_nonce blob,
    closing_root text,
    waiting_share text,
    waiting_from uuid_text references users (id),
    reshare_waiting text,
    reshare_from uuid_text references users (id),
    escrow_recipient text,
    escrowed text,
    escrow_announced_by uuid_text references users (id),
    constraint seals_mode check (mode in ('SERVER', 'ORGANIZERS')),
    constraint seals_wrapped check (mode <> 'SERVER' or wrapped_identity is not null),
    constraint seals_waiting check ((waiting_share is null) = (waiting_from is null)),
    constraint seals_reshare check ((reshare_waiting is null) = (reshare_from is null)),
    constraint seals_escrow check ((escrow_recipient is null) = (escrowed is null))
);
CREATE TABLE search_texts (
    id uuid_text primary key,
    shelf integer not null,
    due bigint not null,
    listed bigint not null,
    text text not null,
    marks text not null
);
CREATE TABLE search_words (
    shelf integer not null,
    word text not null,
    due bigint not null,
    id uuid_text not null,
    listed bigint not null,
    primary key (shelf, word, due, id)
) without rowid;
CREATE TABLE sessions (
    id uuid_text primary key,
    user_id uuid_text not null references users (id),
    created_at timestamp_with_timezone_text not null,
    last_used_at timestamp_with_timezone_text not null,
    expires_at timestamp_with_timezone_text not null,
    ended_at timestamp_with_timezone_text,
    user_agent text
);
CREATE TABLE sign_in_failures (
    id uuid_text primary key,
    name_digest blob not null,
    at timestamp_with_timezone_text not null
);
CREATE TABLE signing_keys (
    key_id text primary key,
    purpose text not null,
    public_key text not null,
    since timestamp_with_timezone_text not null
);
CREATE TABLE target_values (
    id uuid_text primary key,
    target_id uuid_text not null references targets (id),
    as_of text not null,
    value text not null,
    source text not null,
    recorded_by uuid_text references users (id),
    at timestamp_with_timezone_text not null
);
CREATE TABLE targets (
    id uuid_text primary key,
    year integer not null,
    metric text not null,
    name text not null,
    comparator text not null,
    value text not null,
    unit text not null,
    position integer not null,
    constraint targets_name unique (year, name)
);
CREATE TABLE technologies (
    id uuid_text primary key,
    name text not null,
    field text not null,
    principle text not null,
    replaces text not null,
    lead_id uuid_text not null references organizations (id),
    readiness_level integer not null,
    status text not null,
    nominated_by uuid_text not null references users (id),
    nominated_for uuid_text references organizations (id),
    nominated_at timestamp_with_timezone_text not null,
    admitted_by uuid_text references users (id),
    admitted_at timestamp_with_timezone_text,
    opinion text,
    constraint technologies_name unique (lead_id, name)
);
CREATE TABLE ties (
    id uuid_text primary key,
    first_id uuid_text not null references organizations (id),
    second_id uuid_text not null references organizations (id),
    kind text not null,
    basis text not null,
    recorded_by uuid_text not null references users (id),
    recorded_at timestamp_with_timezone_text not null,
    ended_at timestamp_with_timezone_text,
    constraint ties_two check (first_id <> second_id)
);
CREATE TABLE timers (
    id uuid_text primary key,
    kind text not null,
    subject_id uuid_text not null,
    run_at timestamp_with_timezone_text not null,
    done_at timestamp_with_timezone_text
);
CREATE TABLE users (
    id uuid_text primary key,
    username text not null,
    name text not null,
    password_hash text not null,
    password_changed_at timestamp_with_timezone_text not null,
    roles text not null,
    judge_kind text,
    organization_id uuid_text references organizations (id),
    suspended_at timestamp_with_timezone_text,
    created_at timestamp_with_timezone_text not null, totp_secret blob, totp_step bigint, totp_pending blob, member_right text, removed_at timestamp_with_timezone_text,
    constraint users_username unique (username)
);
CREATE INDEX amendments_challenge on amendments (challenge_id, id);
CREATE INDEX api_tokens_user on api_tokens (user_id, id);
CREATE INDEX bid_file_parts_file on bid_file_parts (file_id);
CREATE INDEX bid_files_bid on bid_files (bid_id, version, id);
CREATE INDEX bid_files_stale on bid_files (touched_at) where version is null and finished_at is null;
CREATE INDEX bid_members_organization on bid_members (organization_id);
CREATE INDEX bids_by_bidder on bids (bidder_id, id);
CREATE UNIQUE INDEX bids_draft_key on bids (draft_key) where draft_key is not null;
CREATE INDEX calendar_days_year on calendar_days (year);
CREATE INDEX capabilities_organization on capabilities (organization_id, id);
CREATE INDEX capability_domains_domain on capability_domains (domain, organization_id);
CREATE INDEX capability_words_organization on capability_words (organization_id, word);
CREATE INDEX capability_words_word on capability_words (word, organization_id);
CREATE INDEX challenges_department on challenges (department_id, id);
CREATE INDEX challenges_due on challenges (listed_deadline, id, budget_total) where published_at is not null;
CREATE INDEX challenges_listed on challenges (listed_at, id, budget_total, listed_deadline) where published_at is not null;
CREATE INDEX challenges_money on challenges (budget_total, id) where published_at is not null;
CREATE INDEX challenges_rerun on challenges (rerun_of) where rerun_of is not null;
CREATE INDEX challenges_status_due on challenges (status, listed_deadline, id, budget_total) where published_at is not null;
CREATE INDEX challenges_status_listed on challenges (status, listed_at, id, budget_total, listed_deadline) where published_at is not null;
CREATE INDEX challenges_unpublished_due on challenges (listed_deadline, id) where published_at is null;
CREATE INDEX challenges_unpublished_listed on challenges (listed_at, id) where published_at is null;
CREATE INDEX complaints_challenge on complaints (challenge_id, id);
CREATE INDEX complaints_open on complaints (status, id);
CREATE INDEX consensus_sheets_challenge on consensus_sheets (challenge_id);
CREATE INDEX consortium_consents_organization on consortium_consents (organization_id, id);
CREATE INDEX criteria_challenge on criteria (challenge_id, position);
CREATE INDEX demand_experts_user on demand_experts (user_id, demand_id);
CREATE INDEX demands_batch on demands (batch_id, id);
CREATE INDEX demands_department on demands (department_id, ordered_at, id);
CREATE INDEX demands_merged on demands (merged_into, id);
CREATE INDEX demands_money_high on demands (money_node, money_high, id) where listed_at is not null;
CREATE INDEX demands_money_low on demands (money_node, money_low, id) where listed_at is not null;
CREATE INDEX draw_candidates_drawn on draw_candidates (user_id, drawn_at) where drawn_at is not null;
CREATE INDEX events_audience on events (audience, audience_id, id);
CREATE INDEX events_challenge on events (challenge_id, id);
CREATE INDEX events_subject on events (subject, id);
CREATE INDEX evidence_complaint on evidence (complaint_id, id);
CREATE INDEX evidence_notice on evidence (notice_id, organization_id, id);
CREATE INDEX evidence_objection on evidence (objection_id, id);
CREATE INDEX evidence_parts_evidence on evidence_parts (evidence_id);
CREATE INDEX evidence_stale on evidence (touched_at) where objection_id is null and complaint_id is null;
CREATE INDEX expert_fields_domain on expert_fields (domain, expert_id);
CREATE INDEX expert_relations_expert on expert_relations (expert_id, id);
CREATE UNIQUE INDEX experts_user on experts (user_id);
CREATE INDEX former_passwords_user on former_passwords (user_id, id);
CREATE INDEX indicators_challenge on indicators (challenge_id, position);
CREATE INDEX integrity_cases_organization on integrity_cases (organization_id, id);
CREATE INDEX interests_demand on interests (demand_id, id);
CREATE INDEX interests_organization on interests (organization_id, id);
CREATE INDEX invitations_demand on invitations (demand_id, id);
CREATE INDEX invitations_organization on invitations (organization_id, id);
CREATE INDEX member_invitations_organization on member_invitations (organization_id, id);
CREATE INDEX negotiations_bid on negotiations (bid_id, id);
CREATE INDEX notices_challenge on notices (challenge_id, id);
CREATE INDEX objections_challenge on objections (challenge_id, id);
CREATE INDEX objections_notice on objections (notice_id, id);
CREATE INDEX objections_open on objections (status, due_at, id);
CREATE INDEX offers_challenge on offers (challenge_id, id);
CREATE UNIQUE INDEX opening_keys_current on opening_keys (user_id) where replaced_at is null;
CREATE INDEX opening_shares_recipient on opening_shares (recipient);
CREATE INDEX opinions_demand on opinions (demand_id, id);
CREATE INDEX organizations_name on organizations (name, id);
CREATE INDEX panel_seats_user on panel_seats (user_id, challenge_id);
CREATE INDEX projects_challenge on projects (challenge_id, id);
CREATE INDEX projects_due on projects (status, due_at, id);
CREATE INDEX projects_investigator on projects (investigator_id);
CREATE INDEX qualifications_kind on qualifications (kind, organization_id);
CREATE INDEX qualifications_organization on qualifications (organization_id, valid_from, id);
CREATE INDEX qualifications_waiting on qualifications (id) where verified_at is null and ended_at is null;
CREATE INDEX questions_challenge on questions (challenge_id, id);
CREATE INDEX questions_unsettled on questions (id) where answered_at is null and declined_at is null;
CREATE INDEX recovery_codes_user on recovery_codes (user_id);
CREATE INDEX refresh_tokens_session on refresh_tokens (session_id);
CREATE INDEX score_sheets_bid on score_sheets (bid_id);
CREATE INDEX score_sheets_challenge on score_sheets (challenge_id);
CREATE INDEX search_words_listed on search_words (shelf, word, listed, id);
CREATE INDEX sessions_user on sessions (user_id, id);
CREATE INDEX sign_in_failures_name on sign_in_failures (name_digest, at);
CREATE INDEX target_values_target on target_values (target_id, as_of, id);
CREATE UNIQUE INDEX targets_computed on targets (year, metric) where metric <> 'OTHER';
CREATE INDEX ties_first on ties (first_id, id);
CREATE INDEX ties_second on ties (second_id, id);
CREATE INDEX timers_due on timers (run_at, id) where done_at is null;
CREATE INDEX users_judge_kind on users (judge_kind);
CREATE INDEX users_organization on users (organization_id, id);
