// node tokens.mjs COUNT SEED   documents that are made up, a line of JSON each, with the number of tokens that graphql-js finds;
// where its lexer refuses one, `refused` is true and the number is of those before the fault
import { createRequire } from "node:module";

const { Lexer, Source, TokenKind } = createRequire(new URL("../contract/", import.meta.url))("graphql");

const [count, seed] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 1)];

// mulberry32: the same documents for the same seed
let state = seed >>> 0;
const chance = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const below = (n) => Math.floor(chance() * n);
const one = (list) => list[below(list.length)];
const some = (most, make) => Array.from({ length: below(most + 1) }, make).join("");

const character = () =>
  one(["a", " ", "\t", "{", "}", "[", "]", "(", ")", "#", "'", ",", "...", "!", "0", "揭", "é", "\u{1d518}", "\ufeff", "\ufe00", "\u00ef", "\u2028"]);
const escape = () => one(['\\"', "\\\\", "\\/", "\\b", "\\n", "\\t", "\\u0041", "\\ud83d\\ude00", "\\u{1F600}", "\\u{0}"]);
const string = () => `"${some(8, () => (chance() < 0.2 ? escape() : character()))}"`;
const block = () => `"""${some(8, () => one([character(), character(), "\n", "\r\n", '\\"""', '"', '""', "\\", "\\n"]).replace(/"+$/, (q) => `${q} `))}"""`;
const number = () =>
  `${one(["", "-"])}${one(["0", `${1 + below(9)}${some(6, () => below(10))}`])}${one(["", "", `.${below(100)}`])}${one(["", "", `${one(["e", "E"])}${one(["", "+", "-"])}${below(30)}`])}`;
const name = () => one(["a", "_", "query", "on", "null", "true", "__typename", "A1_", "fragment", "e5", "x"]);
const punctuator = () => one(["{", "}", "[", "]", "(", ")", "!", "$", "&", "...", ":", "=", "@", "|"]);
const token = () => one([name, name, punctuator, punctuator, punctuator, number, string, block])();
const ignored = () => one([" ", " ", "\n", "\r\n", "\r", ",", "\t", "\ufeff", () => `#${some(10, () => one([character(), '"', '"""', "\\"]))}\n`].map((x) => x));
const gap = () => {
  const made = ignored();
  return typeof made === "function" ? made() : made;
};
const garbage = () => one(['"', '"""', "\\", "..", ".", "-", "00", "01", "1.", "1.e", "1e", "0x1", "1a", "1_", "%", "?", ";", "`", "\u0000", "\u0007", "揭", "\u00ef\u00bb", "\\u12", '"\\q"', '"\n', "//", "1.5.5", "--1"]);

function make() {
  // Between names and numbers there has to be something; elsewhere there may be.
  let document = "";
  for (let left = 1 + below(chance() < 0.05 ? 1200 : 40); left > 0; left -= 1) {
    const next = token();
    const needs = /[\w.]$/.test(document) && /^[\w.-]/.test(next);
    document += (needs || chance() < 0.4 ? gap() : "") + (/""?$/.test(document) && next.startsWith('"') ? " " : "") + next;
  }
  // A third of them are spoiled.
  for (let times = chance() < 0.33 ? 1 + below(4) : 0; times > 0; times -= 1) {
    const at = below(document.length + 1);
    const upto = Math.min(document.length, at + below(4));
    document = document.slice(0, at) + one([garbage, garbage, () => "", character])() + document.slice(upto);
  }
  return document.toWellFormed?.() ?? Buffer.from(document).toString();
}

for (let made = 0; made < count; made += 1) {
  const document = make();
  const lexer = new Lexer(new Source(document));
  let tokens = 0;
  let refused = false;
  try {
    while (lexer.advance().kind !== TokenKind.EOF) tokens += 1;
  } catch {
    refused = true;
  }
  process.stdout.write(`${JSON.stringify({ document, tokens, refused })}\n`);
}
