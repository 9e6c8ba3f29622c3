-- Evidence (证据): the files that go with an objection or a complaint. What is known of each is encrypted to the server's key.
create table evidence (
    id {uuid} primary key,
    notice_id {uuid} not null references notices (id),
    organization_id {uuid} not null references organizations (id),
    objection_id {uuid} references objections (id),
    complaint_id {uuid} references complaints (id),
    sealed {bytes} not null,
    size bigint not null,
    received bigint not null,
    finished_at {instant},
    created_by {uuid} not null references users (id),
    created_at {instant} not null,
    touched_at {instant} not null,
    constraint evidence_goes_with_one check (objection_id is null or complaint_id is null),
    constraint evidence_is_whole check (finished_at is not null or (objection_id is null and complaint_id is null))
);
create index evidence_notice on evidence (notice_id, organization_id, id);
create index evidence_objection on evidence (objection_id, id);
create index evidence_complaint on evidence (complaint_id, id);
create index evidence_stale on evidence (touched_at) where objection_id is null and complaint_id is null;

create table evidence_parts (
    object {uuid} primary key,
    evidence_id {uuid} not null references evidence (id)
);
create index evidence_parts_evidence on evidence_parts (evidence_id);
