-- Whoever keeps the files sees what waits.
create index qualifications_waiting on qualifications (id) where verified_at is null and ended_at is null;
