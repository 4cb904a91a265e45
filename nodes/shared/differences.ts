/** A line with its whole amount in minor units. */
interface Amount {
	key: string;
	amount: number;
}

/**
 * What must still be charged when some of it was charged already and nothing can be taken back: per line, the positive
 * difference. Differences downwards are taken off the others, the largest first.
 * @param charged minor units per line key
 * @returns the lines with the amounts to charge, none of them 0, and the credit that no line could carry (0 or more)
 */
export function positiveDifferences<L extends Amount>(lines: readonly L[], charged: ReadonlyMap<string, { amount: number }>): { lines: Array<{ line: L; amount: number }>; left: number } {
	const differences = lines.map((line) => ({ line, amount: line.amount - (charged.get(line.key)?.amount ?? 0) }));
	const withdrawn = [...charged].filter(([key]) => !lines.some((line) => line.key === key));
	let left =
		withdrawn.reduce((sum, [, { amount }]) => sum + amount, 0) - differences.reduce((sum, { amount }) => sum + Math.min(0, amount), 0);
	const upwards = differences.filter(({ amount }) => amount > 0).sort((a, b) => b.amount - a.amount);
	const netted = upwards.map(({ line, amount }) => {
		const taken = Math.min(left, amount);
		left -= taken;
		return { line, amount: amount - taken };
	});
	return { lines: netted.filter(({ amount }) => amount > 0), left };
}
