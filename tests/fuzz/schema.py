"""schema.py PROGRAM FOLDER [POSTGRES]   asks a rehearsal's whole schema, as everybody, with documents that schemathesis makes up

Every case is asked of a server on SQLite and, where a PostgreSQL is named, of one on that. A case counts for a role only if it was
asked as that role: who has lost the session, by a case of its own, gets it back, or a new world. JIEBANG_FUZZ_CASES says how many
cases a role (5000), JIEBANG_FUZZ_WORKERS how many roles at once (2), JIEBANG_FUZZ_SEED where chance begins.
"""

import collections
import http.client
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
import zlib
from pathlib import Path

import graphql
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

TOP = Path(__file__).resolve().parents[2]
SDL = TOP / "schema" / "schema.rehearsal.graphql"
CASES = int(os.environ.get("JIEBANG_FUZZ_CASES", "5000"))
WORKERS = int(os.environ.get("JIEBANG_FUZZ_WORKERS", "2"))
SEED = int(os.environ.get("JIEBANG_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
# A world is worn out by what is done in it: deadlines pass, bids are opened.
WORLDS = 4
SLOWEST = 2.0
LARGEST_ERROR = 64 * 1024
STATUSES = {200, 400}
PASSWORD, OTHER_PASSWORD = "Rehearsal-2026", "Rehearsal-2026-bis"
PEOPLE = {
    "anonymous": None,
    "SYSTEM_ADMIN": "sysadmin",
    "SECURITY_ADMIN": "secadmin",
    "AUDIT_ADMIN": "auditor",
    "ORGANIZER": "organizer",
    "DEMANDER": "urban",
    "BIDDER": "aurora",
    "JUDGE": "judge1",
    "SUPERVISOR": "supervisor",
}

# ---------------------------------------------------------------------------------------------------------------- values

# Every kind of id: where its rows are.
KINDS = {
    "usr": "users", "org": "organizations", "qual": "qualifications", "ses": "sessions", "chl": "challenges",
    "ind": "indicators", "cri": "criteria", "rul": "rule_sets", "qst": "questions", "amd": "amendments", "bid": "bids",
    "pnl": "panels", "seat": "panel_seats", "neg": "negotiations", "ntc": "notices",
    "obj": "objections", "prj": "projects", "tec": "technologies", "tgt": "targets", "tgv": "target_values",
    "dmd": "demands", "opn": "opinions", "rel": "release_batches", "cap": "capabilities", "itr": "interests",
    "inv": "invitations", "evt": "events", "ofr": "offers", "itg": "integrity_cases",
    "tie": "ties", "cst": "consortium_consents", "exp": "experts", "xrl": "expert_relations", "cpl": "complaints",
    "tok": "api_tokens", "mbi": "member_invitations", "sht": "score_sheets",
}  # fmt: skip
IDS = {
    "challengeId": "chl", "challenge": "chl", "bidId": "bid", "winnerBidIds": "bid", "userId": "usr", "judgeId": "seat",
    "organizationId": "org", "department": "org", "leadOrganizationId": "org", "memberIds": "org", "conflictWith": "org",
    "criterionId": "cri", "indicatorId": "ind", "noticeId": "ntc", "objectionId": "obj", "projectId": "prj",
    "questionId": "qst", "sessionId": "ses", "targetId": "tgt", "technologyId": "tec", "demandId": "dmd",
    "demandIds": "dmd", "sourceIds": "dmd", "expertIds": "usr", "batch": "rel", "organization": "org", "capabilityId": "cap",
    "otherId": "org", "qualificationId": "qual", "caseId": "itg", "tieId": "tie", "consentId": "cst", "complaintId": "cpl",
    "expertId": "exp", "relationId": "xrl", "tokenId": "tok", "invitationId": "mbi", "sheetId": "sht",
    "uploadId": "att", "attachmentIds": "att",
    "subject": None, "id": None,
}  # fmt: skip
# What only answers tell.
LEARNED = [
    ("cursor", r'"cursor":"([\w-]+)"'),
    ("cursor", r'"endCursor":"([\w-]+)"'),
    ("receipt", r'"compact":"([\w.-]+)"'),
]
TEXTS = [
    "下穿隧道积水十分钟预报", "A plain sentence.", "城市", "x", "第一行\n第二行", "é̈ ﬀ 𝔘 ‮ 👩‍👩‍👧", "50%_\\'\"", "揭榜" * 200,
]  # fmt: skip
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(r):
    """A code whose check character fits."""
    body = "91" + "000000" + "".join(r.choice(ALPHABET) for _ in range(9))
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    total = sum(ALPHABET.index(c) * w for c, w in zip(body, weights))
    return body + ALPHABET[(31 - total % 31) % 31]


def text(value):
    return graphql.StringValueNode(value=value)


def number(value):
    return graphql.IntValueNode(value=str(value))


def instant(r):
    return f"2026-{r.randrange(1, 7):02}-{r.randrange(1, 29):02}T{r.randrange(24):02}:00:00+08:00"


def token(kind, r):
    """Stands for an id, or something else that each server has of its own, until the document is sent."""
    return text(f"~{kind}~{r.randrange(10_000)}~")


def an_id(kind):
    return lambda r: token(kind or r.choice(list(KINDS)), r)


SENSIBLE = {name: an_id(kind) for name, kind in IDS.items()} | {
    "after": lambda r: token("cursor", r),
    "receipt": lambda r: token("receipt", r),
    "first": lambda r: number(r.choice([1, 2, 3, 5])),
    "year": lambda r: number(r.choice([2025, 2026, 2026, 2026])),
    "weight": lambda r: number(r.choice([20, 50, 100])),
    "minimum": lambda r: number(r.choice([0, 60])),
    "expectedVersion": lambda r: number(r.randrange(3)),
    "readinessLevel": lambda r: number(r.randrange(1, 14)),
    "durationMonths": lambda r: number(r.randrange(1, 37)),
    "consortiumMaxMembers": lambda r: number(r.randrange(4)),
    "uscc": lambda r: text(uscc(r)),
    "username": lambda r: text(r.choice([f"fuzz{r.randrange(10**6)}", "delta", "judge12", "market"])),
    "password": lambda r: text(PASSWORD),
    "currentPassword": lambda r: text(PASSWORD),
    "newPassword": lambda r: text(OTHER_PASSWORD),
    "totp": lambda r: text(f"{r.randrange(10**6):06}"),
    "code": lambda r: text(r.choice(["JB-2026-0001", "JB-2025-0001", f"{r.randrange(10**6):06}"])),
    "contractSha256": lambda r: text("".join(r.choice("0123456789abcdef") for _ in range(64))),
    "contractNo": lambda r: text(f"HT-{r.randrange(10**6)}"),
    "idempotencyKey": lambda r: text(f"key-{r.randrange(40)}"),
    "pledgeAccepted": lambda r: graphql.BooleanValueNode(value=r.random() < 0.9),
    "unit": lambda r: text(r.choice(["min", "%", "个"])),
    "contactName": lambda r: text("沈望舒"),
    "principalInvestigator": lambda r: text("沈望舒"),
}
for name in ["total", "fiscal", "demander", "bidder", "requestedFunding"]:
    SENSIBLE[name] = lambda r: number(r.choice([0, 100, 1_000_000]))
for name in ["value", "target", "tolerance", "score"]:
    SENSIBLE[name] = lambda r: text(r.choice(["0", "5", "60.5", "87.67", "100", "-3", "0.000001"]))
for name in ["submissionDeadline", "newDeadline", "effectiveAt"]:
    SENSIBLE[name] = lambda r: text(instant(r))
SENSIBLE["now"] = lambda r: text(f"2026-03-{r.randrange(3, 32):02}T{r.randrange(24):02}:00:00+08:00")
SENSIBLE["asOf"] = lambda r: text(f"2026-0{r.randrange(1, 4)}-{r.randrange(1, 29):02}")


def fill(document, r):
    """The same document with values that get further: all of them, some, or none."""
    share = r.choices([0.98, 0.7, 0.0], [6, 3, 1])[0]

    def value(name, node):
        if isinstance(node, graphql.ListValueNode):
            few = node.values[:6] if share else node.values
            return graphql.ListValueNode(values=tuple(value(name, one) for one in few))
        if isinstance(node, graphql.ObjectValueNode):
            return graphql.ObjectValueNode(
                fields=tuple(graphql.ObjectFieldNode(name=f.name, value=value(f.name.value, f.value)) for f in node.fields)
            )
        if isinstance(node, graphql.NullValueNode):
            # What is left out is often what makes sense; a page is not.
            return SENSIBLE["first"](r) if name == "first" and share else node
        if r.random() >= share:
            return node
        if name in SENSIBLE:
            return SENSIBLE[name](r)
        return text(r.choice(TEXTS)) if isinstance(node, graphql.StringValueNode) else node

    def selection(node):
        if isinstance(node, graphql.FieldNode):
            arguments = (graphql.ArgumentNode(name=a.name, value=value(a.name.value, a.value)) for a in node.arguments or ())
            return graphql.FieldNode(
                alias=node.alias,
                name=node.name,
                arguments=tuple(arguments),
                directives=(),
                selection_set=node.selection_set and inside(node.selection_set),
            )
        return graphql.InlineFragmentNode(
            type_condition=node.type_condition, directives=(), selection_set=inside(node.selection_set)
        )

    def inside(selections):
        return graphql.SelectionSetNode(selections=tuple(selection(one) for one in selections.selections))

    operations = (
        graphql.OperationDefinitionNode(
            operation=one.operation,
            name=one.name,
            variable_definitions=(),
            directives=(),
            selection_set=inside(one.selection_set),
        )
        for one in document.definitions
    )
    return graphql.DocumentNode(definitions=tuple(operations))


@schemathesis.hook
def before_generate_body(context, strategy):
    return st.builds(lambda document, chance: fill(document, random.Random(chance)), strategy, st.integers(0, 2**32 - 1))


def near(*texts):
    """Texts of a scalar's form, good and bad, and any text."""
    return st.one_of(st.sampled_from(texts), st.text(max_size=30)).map(nodes.String)


schemathesis.graphql.scalar("ID", near("", "chl_", "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz", "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz"))
schemathesis.graphql.scalar("DateTime", near("2026-04-01T17:00:00+08:00", "2026-02-30T00:00:00Z", "9999-12-31T23:59:60Z", "0"))
schemathesis.graphql.scalar("Date", near("2026-03-01", "2026-02-30", "-1-1-1", "10000-01-01"))
schemathesis.graphql.scalar("Decimal", near("87.67", "1e9", "-0", "123456789012345678.1", "NaN"))
schemathesis.graphql.scalar("Fen", st.one_of(st.integers(-1, 2**63).map(nodes.Int), near("1.5", "9007199254740992")))

# ---------------------------------------------------------------------------------------------------------------- worlds


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Engine:
    """A rehearsal that was laid out once, and copies of it."""

    def __init__(self, name, program, folder, postgres=None):
        self.name, self.program, self.folder, self.postgres = name, program, Path(folder) / name, postgres
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.template = self.folder / "template"
        self.template.mkdir()
        if postgres:
            self.sql("postgres", "create database fuzz_template")
        self.known = {}
        world = World(self, self.template, self.url(self.template, "fuzz_template"))
        entry = f'mutation {{ signIn(input: {{ username: "aurora", password: "{PASSWORD}" }}) {{ accessToken }} }}'
        bearer = json.loads(world.send(entry)[1])["data"]["signIn"]["accessToken"]
        world.learn(world.send("{ viewer { bids { edges { cursor } nodes { receipt { compact } } } } }", bearer)[1])
        self.known = {name: list(world.pools[name]) for name in ("cursor", "receipt")}
        wrong = world.stop()
        if wrong or not all(self.known.values()):
            raise SystemExit(f"{name}: the rehearsal is not as it should be: {wrong} {self.known}")

    def url(self, data, database):
        head = self.postgres and self.postgres.rsplit("/", 1)[0]
        return f"{head}/{database}" if head else f"sqlite:{data / 'fuzz.sqlite'}"

    def sql(self, database, statement):
        head = self.postgres.rsplit("/", 1)[0]
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", f"{head}/{database}", "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def copy(self, name):
        data = self.folder / name
        shutil.copytree(self.template, data)
        if self.postgres:
            self.sql("postgres", f"create database {name} template fuzz_template")
        return World(self, data, self.url(data, name), name)


class World:
    """A server on a database of its own."""

    def __init__(self, engine, data, url, name="fuzz_template"):
        self.engine, self.data, self.url, self.name = engine, data, url, name
        self.port = free_port()
        self.log = data / "log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JIEBANG")}
        # Each question comes from an address of its own: that an address is held back is seen elsewhere.
        environment |= {"JIEBANG__DATABASE__URL": url, "JIEBANG__SERVER__PROXIES": "1"}
        command = [engine.program, "serve", "--rehearsal", "--bind", f"127.0.0.1:{self.port}", "--data", str(data)]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=self.log.open("a"), start_new_session=True
        )
        self.connection = None
        self.pools = collections.defaultdict(list, {name: list(pool) for name, pool in engine.known.items()})
        until = time.monotonic() + 300
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{engine.name}: the server does not start; see {self.log}")
            time.sleep(0.1)
        self.look()

    def ready(self):
        try:
            return self.send("{ clock { now } }")[0] == 200
        except OSError:
            return False

    def send(self, document, bearer=None, kind="application/json"):
        """Status, body as text, seconds."""
        r = random
        headers = {
            "content-type": "application/json",
            "accept": kind,
            "x-forwarded-for": f"10.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(256)}",
        }
        if bearer:
            headers["authorization"] = f"Bearer {bearer}"
        body = json.dumps({"query": document}).encode()
        for again in (True, False):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                began = time.monotonic()
                self.connection.request("POST", "/graphql", body, headers)
                answer = self.connection.getresponse()
                told = answer.read().decode()
                return answer.status, told, time.monotonic() - began
            except (OSError, http.client.HTTPException):
                # A connection that was kept may have been closed in between; a new one may not.
                fresh = self.connection is None
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
                if fresh or not again:
                    raise OSError("no answer") from None

    def look(self):
        """Which ids there are now."""
        rows = collections.defaultdict(list)
        column = "cast(id as text)" if self.engine.postgres else "hex(id)"
        tables = [*KINDS.items(), *(("att", table) for table in ("bid_files", "evidence"))]
        statement = " union all ".join(f"select '{kind}', {column} from {table}" for kind, table in tables)
        if self.engine.postgres:
            found = [line.split("|") for line in self.engine.sql(self.name, statement).splitlines()]
        else:
            with sqlite3.connect(f"file:{self.url.removeprefix('sqlite:')}?mode=ro", uri=True, timeout=10) as database:
                found = database.execute(statement).fetchall()
        for kind, row in found:
            rows[kind].append(type_id(kind, row))
        for kind, ids in rows.items():
            self.pools[kind] = ids[-400:]

    def put(self, document):
        """The document with what this server has."""

        def one(found):
            pool = self.pools.get(found[1])
            return pool[int(found[2]) % len(pool)] if pool else "none"

        return re.sub(r"~(\w+)~(\d+)~", one, document)

    def learn(self, told):
        for name, pattern in LEARNED:
            known = self.pools[name]
            known.extend(re.findall(pattern, told)[:3])
            del known[:-50]

    def stop(self):
        """What is wrong with how it lived and ended."""
        wrong = []
        if self.connection is not None:
            self.connection.close()
        if self.process.poll() is not None:
            wrong.append(f"the server ended by itself with {self.process.returncode}")
        else:
            self.process.send_signal(signal.SIGTERM)
            try:
                if self.process.wait(30) != 0:
                    wrong.append(f"the server stopped with {self.process.returncode}")
            except subprocess.TimeoutExpired:
                self.process.kill()
                wrong.append("the server did not stop")
        with self.log.open() as log:
            wrong.extend(f"log: {line.strip()[:400]}" for line in log if re.search(r'\bERROR\b|panicked at', line))
        return wrong

    def drop(self):
        wrong = self.stop()
        if not wrong:
            if self.engine.postgres:
                self.engine.sql("postgres", f"drop database {self.name}")
            shutil.rmtree(self.data)
        return wrong


def type_id(kind, row):
    value, digits = uuid.UUID(row).int, "0123456789abcdefghjkmnpqrstvwxyz"
    return f"{kind}_" + "".join(digits[value >> 5 * place & 31] for place in reversed(range(26)))


# ------------------------------------------------------------------------------------------------------------------ roles


class Asking:
    """One role at one server."""

    def __init__(self, role, engine):
        self.role, self.engine, self.person = role, engine, PEOPLE[role]
        self.world = self.bearer = None
        self.counted = self.with_data = self.lost = self.worlds = self.slow = 0
        self.slowest, self.codes, self.findings = 0.0, collections.Counter(), []
        self.new_world()

    def new_world(self):
        self.close()
        self.worlds += 1
        self.world = self.engine.copy(f"fuzz_{self.role.lower()}_{self.worlds}")
        if self.person and not self.sign_in():
            raise SystemExit(f"{self.role}: cannot sign in to a new world")

    def close(self):
        if self.world:
            self.findings += [(wrong, "") for wrong in self.world.drop()]
            self.world = None

    def sign_in(self):
        for password in (PASSWORD, OTHER_PASSWORD):
            entry = json.dumps({"username": self.person, "password": password})
            entry = re.sub(r'"(\w+)":', r"\1:", entry)
            told = json.loads(self.world.send(f"mutation {{ signIn(input: {entry}) {{ accessToken viewer {{ roles }} }} }}")[1])
            payload = (told.get("data") or {}).get("signIn")
            if payload and self.role in payload["viewer"]["roles"]:
                self.bearer, self.since = payload["accessToken"], time.monotonic()
                return True
        return False

    def holds(self):
        told = json.loads(self.world.send("{ viewer { roles } }", self.bearer)[1])
        return self.role in (((told.get("data") or {}).get("viewer") or {}).get("roles") or [])

    def ask(self, document):
        """Asks and holds the answer to the rules; whether it was asked as the role."""
        if self.person and time.monotonic() - self.since > 200 and not self.sign_in():
            self.new_world()
        put = self.world.put(document)
        kind = random.choice(["application/json", "application/graphql-response+json"])
        try:
            status, told, seconds = self.world.send(put, self.bearer, kind)
        except OSError:
            self.findings.append(("no answer", put))
            self.new_world()
            return
        if seconds > SLOWEST:
            # A busy machine may hold up anybody once.
            self.slow += 1
            seconds = self.world.send(put, self.bearer, kind)[2]
            if seconds > SLOWEST:
                self.findings.append((f"{seconds:.1f} s, twice", put))
        self.slowest = max(self.slowest, seconds)
        codes = self.judge(status, told, put)
        if self.person and "UNAUTHENTICATED" in codes and not self.holds():
            self.lost += 1
            if not self.sign_in():
                self.new_world()
            return
        self.counted += 1
        self.codes.update(codes or {"none"})
        self.world.learn(told)

    def judge(self, status, told, put):
        """The codes of an answer; what breaks a rule is noted."""

        def wrong(what):
            self.findings.append((what, f"{put}\n    {told[:600]}"))

        if status not in STATUSES:
            wrong(f"status {status}")
        try:
            answer = json.loads(told)
        except ValueError:
            wrong("no JSON")
            return set()
        errors = answer.get("errors", [])
        if errors and len(told.encode()) > LARGEST_ERROR and not answer.get("data"):
            wrong("an error answer of more than 64 KiB")
        if "data" not in answer and not errors:
            wrong("neither data nor errors")
        codes = set()
        for error in errors:
            extensions = error.get("extensions", {})
            code = extensions.get("code")
            codes.add(code)
            if code not in CODES:
                wrong(f"code {code}")
            if code in ("INTERNAL", "UNAVAILABLE"):
                wrong(code)
            if not isinstance(extensions.get("fields"), list) or not extensions.get("requestId"):
                wrong("an error without fields or request id")
            if not error.get("message"):
                wrong("an error without a message")
        if any(value is not None for value in (answer.get("data") or {}).values()):
            self.with_data += 1
        return codes


def operations():
    schema = schemathesis.graphql.from_file(SDL.open())
    return [one.ok() for one in schema.get_all_operations()], schema.client_schema


def ask_as(role, engines, cases):
    ops, client = operations()
    global CODES
    CODES = set(client.type_map["ErrorCode"].values)
    random.seed(f"{SEED} {role}")
    askings = [Asking(role, engine) for engine in engines]
    per_world = max(1, cases // WORLDS)
    rounds = 0
    while min(asking.counted for asking in askings) < cases:
        rounds += 1
        for place, op in enumerate(ops):
            left = cases - min(asking.counted for asking in askings)
            if left <= 0:
                break
            # A quarter of the rest each round, spread evenly; few kinds of documents are exhausted sooner.
            share = max(10, min(left, cases // WORLDS) // len(ops) + 1)

            # Not `hash`, which each process makes up anew.
            @seed(zlib.crc32(repr((SEED, role, rounds, place)).encode()))
            @settings(
                max_examples=min(share, left), database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
            )  # fmt: skip
            @given(case=op.as_strategy())
            def each(case):
                for asking in askings:
                    asking.ask(case.body)

            each()
            for asking in askings:
                asking.world.look()
        for asking in askings:
            if asking.counted < cases and asking.counted >= per_world * asking.worlds:
                asking.new_world()
    for asking in askings:
        asking.close()
    return [
        (role, a.engine.name, a.counted, a.with_data, dict(a.codes), a.lost, a.worlds, a.slowest, a.slow, a.findings)
        for a in askings
    ]


def work(arguments):
    try:
        return ask_as(*arguments)
    except SystemExit as wrong:
        return [(arguments[0], "-", 0, 0, {}, 0, 0, 0.0, 0, [(str(wrong), "")])]


def main():
    program, folder, *postgres = sys.argv[1:]
    engines = [Engine("sqlite", program, folder)] + [Engine("postgresql", program, folder, url) for url in postgres]
    print(f"{CASES} cases a role, seed {SEED}", flush=True)
    head = f"{'role':15} {'on':10} {'cases':>6} {'data':>5} {'lost':>4} {'longest':>8}  findings  answers by code"
    print(head, flush=True)
    found, total = [], 0
    with multiprocessing.get_context("spawn").Pool(WORKERS, maxtasksperchild=1) as pool:
        for rows in pool.imap_unordered(work, [(role, engines, CASES) for role in PEOPLE], chunksize=1):
            for role, engine, counted, data, codes, lost, _, slowest, _, findings in rows:
                share = f"{100 * data // max(1, counted)} %"
                by_code = " ".join(f"{code}:{n}" for code, n in sorted(codes.items(), key=lambda x: -x[1]))
                line = f"{role:15} {engine:10} {counted:6} {share:>5} {lost:4} {slowest * 1000:5.0f} ms  {len(findings):8}  {by_code}"
                print(line, flush=True)
                found += [(role, engine, *one) for one in findings]
                total += counted
    kinds = collections.Counter(what for _, _, what, _ in found)
    for what, times in kinds.most_common():
        role, engine, _, put = next(one for one in found if one[2] == what)
        print(f"FOUND {times} × {what}; first by {role} on {engine}:\n    {put}")
    result = {"cases": total, "findings": len(found)}
    (Path(folder) / "result.json").write_text(json.dumps(result))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
