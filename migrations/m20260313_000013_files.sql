-- What a draft is encrypted to: the name of a key that lies in the store of files. None for drafts of an earlier version, which are
-- encrypted to the server's key.
alter table bids add column draft_key {uuid};
create unique index bids_draft_key on bids (draft_key) where draft_key is not null;

-- By what name this installation's objects are found in its store of files.
alter table installation add column files_id {uuid};

-- The files of bids: what is known of each, encrypted to the draft's key until it is handed in, and the objects that it lies in.
create table bid_files (
    id {uuid} primary key,
    bid_id {uuid} not null references bids (id),
    version integer,
    sealed {bytes} not null,
    size bigint not null,
    received bigint not null,
    finished_at {instant},
    created_by {uuid} not null references users (id),
    created_at {instant} not null,
    touched_at {instant} not null
);
create index bid_files_bid on bid_files (bid_id, version, id);
create index bid_files_stale on bid_files (touched_at) where version is null and finished_at is null;

create table bid_file_parts (
    object {uuid} primary key,
    file_id {uuid} not null references bid_files (id)
);
create index bid_file_parts_file on bid_file_parts (file_id);
