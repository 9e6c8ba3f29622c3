# Each line is a command that anyone could type.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run check audit test oracle races sideways bench armour crash deadline fuzz

# Half of the time a test waits: for a database, a socket or a second to pass.
AT_ONCE = RUST_TEST_THREADS=$$(($$(nproc) * 2))

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: ## build, then serve a rehearsal on an SQLite file under ./data
	tests/need cargo cc
	cargo run --locked --bin jiebang -- serve --rehearsal

check: ## formatting, licences and bans, the public contract, clippy with warnings as errors, the golden files under schema/
	tests/need cargo cc cargo-deny node npm postgresql
	cargo fmt --all --check
	tests/deny --offline check licenses bans sources
	tests/contract/check
	cargo clippy --workspace --all-targets --features jiebang-tests/measured --locked -- -D warnings
	cargo build --workspace --locked --bin jiebang
	tests/with-postgres sh -c 'target/debug/jiebang schema --check --postgres "$$JIEBANG_TEST_DATABASE"'

audit: ## advisories against what comes with us; needs the database at github.com/rustsec
	tests/need cargo cargo-deny
	tests/deny check advisories

test: ## check, then the whole suite on SQLite and on PostgreSQL
	tests/need cargo cc cargo-deny chromium node npm postgresql python3
	$(MAKE) --no-print-directory check
	JIEBANG_TEST_DATABASE=sqlite $(AT_ONCE) cargo test --workspace --locked
	$(AT_ONCE) tests/with-postgres cargo test --workspace --locked

oracle: ## a thousand made-up reviews, rankings and statistics, recomputed by tests/oracle/recompute.py; JIEBANG_ORACLE_SEED repeats them
	tests/need cargo cc python3
	JIEBANG_TEST_DATABASE=sqlite JIEBANG_ORACLE=1000 cargo test --locked --workspace --test it -- --nocapture oracle:: recomputed::

races: ## a hundred rounds of fifty at once, for each act that may happen once only, on SQLite and on PostgreSQL
	tests/need cargo cc postgresql
	JIEBANG_TEST_DATABASE=sqlite JIEBANG_TEST_ROUNDS=100 cargo test --locked --workspace --test it races::
	JIEBANG_TEST_ROUNDS=100 tests/with-postgres cargo test --locked --workspace --test it races::

bench: ## requests per second and p99 on SQLite and PostgreSQL, beside pgbench; a page's cost among 1,000 and 100,000 challenges; a ranking's
	tests/need cargo cc postgresql
	JIEBANG_PG_DURABLE=1 tests/with-postgres cargo run --release --locked --package jiebang-tests --features measured --bin bench
	tests/with-postgres cargo run --release --locked --package jiebang-tests --features measured --bin bench-finding
	cargo run --release --locked --package jiebang-tests --features measured --bin bench-ranking

armour: ## what a thousand clients that trickle and a flood of wrong logins cost others
	tests/need cargo cc
	cargo build --release --locked --features jiebang-tests/measured --bin jiebang --bin armour --bin armour-sign-in
	target/release/armour
	target/release/armour-sign-in

sideways: ## everything asked of everybody in worlds that differ only in what is sealed, on SQLite and on PostgreSQL
	tests/need cargo cc postgresql
	JIEBANG_TEST_DEPTH=all JIEBANG_TEST_DATABASE=sqlite cargo test --release --locked --workspace --test it sideways:: -- --nocapture
	JIEBANG_TEST_DEPTH=all tests/with-postgres cargo test --release --locked --workspace --test it sideways:: -- --nocapture

crash: ## 200 kills on SQLite and 200 on PostgreSQL while eight writers work: nothing acknowledged is lost, nothing is half-done
	tests/need cargo cc postgresql strace
	cargo build --release --locked --features jiebang-tests/measured --bin jiebang --bin crash
	target/release/crash
	JIEBANG_PG_DURABLE=1 tests/with-postgres target/release/crash

deadline: ## 10,000 submissions within 50 ms of their deadlines by 50 clients, on SQLite and on PostgreSQL: none is accepted too late
	tests/need cargo cc postgresql
	cargo build --release --locked --features jiebang-tests/measured --bin jiebang --bin deadline
	target/release/deadline
	tests/with-postgres target/release/deadline

fuzz: ## made-up input for everything that reads: longer properties, libFuzzer, schemathesis as every role; an hour and a half
	tests/need cargo cc c++ cargo-fuzz node npm postgresql python3-venv
	tests/fuzz/run
