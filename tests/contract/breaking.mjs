// Does the schema that the code prints keep every promise of the public contract?
//
//   node breaking.mjs [contract] [schema] [rehearsal schema]
//
// Adding is free; removing, renaming and narrowing are not. `setClock` exists in a rehearsal only: the rehearsal's
// schema must keep the whole contract, the other one all of it but that mutation and its two types.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BreakingChangeType, buildSchema, findBreakingChanges, isIntrospectionType, isSpecifiedScalarType } from 'graphql';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const contractPath = process.argv[2] ?? here('api.graphql');
const schemaPath = process.argv[3] ?? here('../../schema/schema.graphql');
const rehearsalPath = process.argv[4] ?? process.argv[3] ?? here('../../schema/schema.rehearsal.graphql');

const read = (path) => {
  try {
    return buildSchema(readFileSync(path, 'utf8'));
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    process.exit(1);
  }
};
const contract = read(contractPath);

const rehearsalOnly = [
  [BreakingChangeType.FIELD_REMOVED, 'Mutation.setClock was removed.'],
  [BreakingChangeType.TYPE_REMOVED, 'SetClockInput was removed.'],
  [BreakingChangeType.TYPE_REMOVED, 'SetClockPayload was removed.'],
];
const isRehearsalOnly = (change) =>
  rehearsalOnly.some(([type, description]) => change.type === type && change.description === description);

const inSchema = findBreakingChanges(contract, read(schemaPath)).filter((change) => !isRehearsalOnly(change));
const inRehearsal = findBreakingChanges(contract, read(rehearsalPath));

for (const [path, changes] of [[rehearsalPath, inRehearsal], [schemaPath, inSchema]]) {
  for (const { type, description } of changes) console.error(`${path}: ${type}: ${description}`);
}
if (inSchema.length + inRehearsal.length > 0) {
  console.error('The public contract is broken: clients are written against it.');
  process.exit(1);
}
const compared = Object.values(contract.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);
console.log(`contract: ${compared.length} types compared, nothing broken`);
