import pLimit from 'p-limit';
import { sleep } from 'n8n-workflow';

export interface Pace {
	/** Requests started per second, evenly spaced. */
	perSecond?: number;
	/** Requests started in any 60 seconds; they may come in one burst. */
	perMinute?: number;
	/** Requests under way at once. */
	concurrency?: number;
}

const MINUTE_MS = 60_000;

/** Spaces requests of one execution so that a provider's published limits are kept. */
export class Pacer {
	private readonly limit: pLimit.Limit;

	private readonly gapMs: number;

	private readonly perMinute: number;

	private nextStart = 0;

	/** When the requests of the last minute started or will start, oldest first. */
	private readonly starts: number[] = [];

	constructor(pace: Pace = {}) {
		this.limit = pLimit(pace.concurrency ?? 5);
		this.gapMs = pace.perSecond ? 1000 / pace.perSecond : 0;
		this.perMinute = pace.perMinute ?? Infinity;
	}

	async run<T>(task: () => Promise<T>): Promise<T> {
		return await this.limit(async () => {
			await this.waitForTurn();
			return await task();
		});
	}

	private async waitForTurn(): Promise<void> {
		const now = Date.now();
		const start = Math.max(now, this.nextStart, this.freeAfter());
		this.nextStart = start + this.gapMs;
		if (this.perMinute !== Infinity) this.starts.push(start);
		if (start > now) await sleep(start - now);
	}

	/** Earliest start that keeps the limit per minute: a minute after the request that many before this one. */
	private freeAfter(): number {
		if (this.starts.length < this.perMinute) return 0;
		return (this.starts.splice(0, this.starts.length - this.perMinute + 1).at(-1) ?? 0) + MINUTE_MS;
	}
}
