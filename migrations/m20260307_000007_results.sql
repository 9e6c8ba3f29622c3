-- What computes the mark of a criterion in place of the judges.
alter table criteria add column price_formula text;

-- What came of a challenge in the official system, where that runs it.
alter table challenges add column external_result text;
alter table challenges add column external_result_url text;

-- A qualification that was taken back, or should never have been taken for true.
alter table qualifications add column ended_at {instant};
alter table qualifications add column ended_because text;

-- Two people stand behind the rules that a challenge is published under.
alter table challenges add column approved_rules integer;
alter table rule_sets add column revised_by {uuid} references users (id);
