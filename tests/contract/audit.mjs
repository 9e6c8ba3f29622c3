// node audit.mjs URL closed|open   runs the GraphQL-over-HTTP audits of npm's graphql-http against a running server
import { serverAudits } from "graphql-http";

const [url, profile] = process.argv.slice(2);
// A closed server answers no GET: three MAYs, and nothing else.
const expected = { closed: ["5A70", "6A70", "D6D5"], open: [] }[profile];
if (!url || !expected) {
  console.error("usage: node audit.mjs URL closed|open");
  process.exit(2);
}
const results = await Promise.all(serverAudits({ url, fetchFn: fetch }).map((audit) => audit.fn()));
const failed = results.filter((result) => result.status !== "ok");
const ids = failed.map((result) => result.id).sort();
console.log(`${profile}: ${results.length - failed.length} of ${results.length} audits pass`);
for (const result of failed) console.log(`  ${result.id} ${result.name}: ${result.reason}`);
process.exit(results.length === 61 && ids.join() === expected.join() ? 0 : 1);
