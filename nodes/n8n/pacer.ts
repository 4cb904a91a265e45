import pLimit from 'p-limit';
import { sleep } from 'n8n-workflow';

export interface Pace {
	/** Requests started per second. */
	perSecond?: number;
	/** Requests under way at once. */
	concurrency?: number;
}

/** Spaces requests of one execution so that a provider's published limits are kept. */
export class Pacer {
	private readonly limit: pLimit.Limit;

	private readonly gapMs: number;

	private nextStart = 0;

	constructor(pace: Pace = {}) {
		this.limit = pLimit(pace.concurrency ?? 5);
		this.gapMs = pace.perSecond ? 1000 / pace.perSecond : 0;
	}

	async run<T>(task: () => Promise<T>): Promise<T> {
		return await this.limit(async () => {
			await this.waitForTurn();
			return await task();
		});
	}

	private async waitForTurn(): Promise<void> {
		if (this.gapMs === 0) return;
		const start = Math.max(Date.now(), this.nextStart);
		this.nextStart = start + this.gapMs;
		const wait = start - Date.now();
		if (wait > 0) await sleep(wait);
	}
}
