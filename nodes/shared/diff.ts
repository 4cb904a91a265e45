/** A line as it should be: `fingerprint` covers everything the provider stores of it. */
export interface DesiredLine {
	key: string;
	fingerprint: string;
}

/** A line as the provider holds it. `key` is ours, read back from the provider's metadata; undefined = somebody else's line. */
export interface ExistingLine {
	id: string;
	key: string | undefined;
	fingerprint: string;
}

export interface LineDiff<D extends DesiredLine, E extends ExistingLine> {
	add: D[];
	change: Array<{ existing: E; desired: D }>;
	remove: E[];
	same: E[];
	/** Lines people added by hand. They are never touched. */
	foreign: E[];
}

/**
 * The smallest set of edits that makes the provider's lines equal to ours. Lines meet by key; when a key occurs twice on
 * the provider's side (two executions wrote at once) the surplus is removed, keeping an equal one when there is one.
 */
export function diffLines<D extends DesiredLine, E extends ExistingLine>(desired: readonly D[], existing: readonly E[]): LineDiff<D, E> {
	const diff: LineDiff<D, E> = { add: [], change: [], remove: [], same: [], foreign: [] };
	const byKey = new Map<string, E[]>();
	for (const line of existing) {
		if (line.key === undefined) diff.foreign.push(line);
		else byKey.set(line.key, [...(byKey.get(line.key) ?? []), line]);
	}
	for (const line of desired) {
		const candidates = byKey.get(line.key) ?? [];
		byKey.delete(line.key);
		const kept = candidates.find((candidate) => candidate.fingerprint === line.fingerprint) ?? candidates[0];
		if (kept === undefined) diff.add.push(line);
		else if (kept.fingerprint === line.fingerprint) diff.same.push(kept);
		else diff.change.push({ existing: kept, desired: line });
		diff.remove.push(...candidates.filter((candidate) => candidate !== kept));
	}
	for (const leftover of byKey.values()) diff.remove.push(...leftover);
	return diff;
}

export const hasChanges = ({ add, change, remove }: Pick<LineDiff<DesiredLine, ExistingLine>, 'add' | 'change' | 'remove'>): boolean =>
	add.length + change.length + remove.length > 0;

/**
 * Sums lines by key over several documents: what documents that can no longer be changed carry already, and a
 * difference must be counted from. Lines without a key are nobody's business.
 */
export function sumByKey<E extends ExistingLine & { amount: number }>(lines: Iterable<E>): Map<string, E> {
	const sums = new Map<string, E>();
	for (const line of lines) {
		if (line.key === undefined) continue;
		const before = sums.get(line.key);
		sums.set(line.key, before ? { ...before, amount: before.amount + line.amount } : line);
	}
	return sums;
}

/** Adds up whole amounts (minor units). */
export const totalOf = (lines: Iterable<{ amount: number }>): number => [...lines].reduce((total, { amount }) => total + amount, 0);
