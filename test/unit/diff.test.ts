import fc from 'fast-check';

import { diffLines, type DesiredLine, type ExistingLine } from '../../nodes/shared/diff';

const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const contents = fc.constantFrom('1', '2', '3');
const desiredLines: fc.Arbitrary<DesiredLine[]> = fc.uniqueArray(fc.record({ key: keys, fingerprint: contents }), { selector: ({ key }) => key });
const existingLines: fc.Arbitrary<ExistingLine[]> = fc
	.array(fc.record({ key: fc.oneof(keys, fc.constant(undefined)), fingerprint: contents }), { maxLength: 12 })
	.map((lines) => lines.map((line, index) => ({ ...line, id: `line-${index}` })));

/** What the provider holds after the edits of a diff. */
function applied(existing: ExistingLine[], diff: ReturnType<typeof diffLines>): ExistingLine[] {
	const changed = new Map(diff.change.map(({ existing: line, desired }) => [line.id, desired]));
	const removed = new Set(diff.remove.map(({ id }) => id));
	return [
		...existing.filter(({ id }) => !removed.has(id)).map((line) => ({ ...line, ...changed.get(line.id) })),
		...diff.add.map((line, index) => ({ ...line, id: `new-${index}` })),
	];
}

const content = (lines: DesiredLine[]) => lines.map(({ key, fingerprint }) => `${key}=${fingerprint}`).sort();

const ours = (lines: ExistingLine[]) => lines.filter((line): line is ExistingLine & { key: string } => line.key !== undefined);

test('applying the diff always gives the desired lines, leaves foreign ones alone, and needs no second diff', () => {
	fc.assert(
		fc.property(desiredLines, existingLines, (desired, existing) => {
			const after = applied(existing, diffLines(desired, existing));
			expect(content(ours(after))).toEqual(content(desired));
			expect(after.filter(({ key }) => key === undefined)).toEqual(existing.filter(({ key }) => key === undefined));
			expect(diffLines(desired, after)).toMatchObject({ add: [], change: [], remove: [] });
		}),
		{ numRuns: 300 },
	);
});

test('every existing line has exactly one fate', () => {
	fc.assert(
		fc.property(desiredLines, existingLines, (desired, existing) => {
			const { change, remove, same, foreign } = diffLines(desired, existing);
			const fates = [...change.map((edit) => edit.existing), ...remove, ...same, ...foreign];
			expect(fates.map(({ id }) => id).sort()).toEqual(existing.map(({ id }) => id).sort());
		}),
	);
});

test('a line whose content is right is never written', () => {
	fc.assert(
		fc.property(desiredLines, existingLines, (desired, existing) => {
			const { change, add } = diffLines(desired, existing);
			for (const line of [...change.map((edit) => edit.desired), ...add]) {
				expect(existing).not.toContainEqual(expect.objectContaining({ key: line.key, fingerprint: line.fingerprint }));
			}
		}),
	);
});

test('of two lines with one key the right one stays, and the other goes', () => {
	const existing = [
		{ id: 'old', key: 'a', fingerprint: '1' },
		{ id: 'right', key: 'a', fingerprint: '2' },
		{ id: 'again', key: 'a', fingerprint: '2' },
	];
	const diff = diffLines([{ key: 'a', fingerprint: '2' }], existing);
	expect(diff).toEqual({ add: [], change: [], same: [existing[1]], remove: [existing[0], existing[2]], foreign: [] });
});
