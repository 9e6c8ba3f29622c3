// node calendar.mjs FIRST LAST   every day of these years as npm's chinese-days has it: `YYYY-MM-DD work|off`
//
// The package takes a year that it does not know for one without holidays, so each year is first looked for in its data.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { isWorkday } = require("chinese-days");
const { holidays, workdays } = require("chinese-days/dist/chinese-days.json");

const [first, last] = process.argv.slice(2).map(Number);
if (!(first <= last)) {
  console.error("usage: node calendar.mjs FIRST LAST");
  process.exit(2);
}
for (let year = first; year <= last; year += 1) {
  const known = [holidays, workdays].every((days) => Object.keys(days).some((day) => day.startsWith(`${year}-`)));
  if (!known) {
    console.error(`chinese-days knows no ${year}`);
    process.exit(1);
  }
  for (let day = new Date(Date.UTC(year, 0, 1)); day.getUTCFullYear() === year; day.setUTCDate(day.getUTCDate() + 1)) {
    const text = day.toISOString().slice(0, 10);
    console.log(`${text} ${isWorkday(text) ? "work" : "off"}`);
  }
}
