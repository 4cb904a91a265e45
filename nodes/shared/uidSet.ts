import { hash } from 'crypto';

const SHARDS = 1024;
const FIRST_SLOTS = 32;
const MAX_LOAD = 0.8;
const GROWTH = 1.25;
/** Two words of the uid, one of what came with it. */
const WORDS = 3;

/** What a uid is: new, or there before, with the same content or with another. */
export type Seen = 'new' | 'same' | 'differs';

/**
 * Remembers uids, and a fingerprint of what came with each, in about 16 bytes a uid: 74 bits of its SHA-1, so that among
 * five million different ones two are taken for the same once in hundreds of millions of files. Split into parts that grow
 * one by one, so that growing needs little room.
 */
export class UidSet {
	private readonly shards = Array.from({ length: SHARDS }, () => new Shard());

	/** Remembers a uid that is new, with its content. */
	add(uid: string, content: string): Seen {
		// As text: millions of small buffers would grow the process's memory faster than they are freed.
		const digest = hash('sha1', uid, 'binary');
		return this.shards[wordAt(digest, 8) % SHARDS].add(wordAt(digest, 0), wordAt(digest, 4) || 1, fingerprint(content));
	}

	get size(): number {
		return this.shards.reduce((sum, { size }) => sum + size, 0);
	}
}

/** 32 bits (FNV-1a): enough to tell a repeated record from another one that was given the same uid by mistake. */
function fingerprint(content: string): number {
	let value = 0x811c9dc5;
	for (let at = 0; at < content.length; at++) value = Math.imul(value ^ content.charCodeAt(at), 0x01000193);
	return value >>> 0;
}

const wordAt = (digest: string, at: number): number =>
	(digest.charCodeAt(at) | (digest.charCodeAt(at + 1) << 8) | (digest.charCodeAt(at + 2) << 16) | (digest.charCodeAt(at + 3) << 24)) >>> 0;

/** An open hash table of 64-bit values; the second word is never 0, which marks a free slot. */
class Shard {
	size = 0;

	private slots = FIRST_SLOTS;

	private table = new Uint32Array(FIRST_SLOTS * WORDS);

	add(a: number, b: number, content: number): Seen {
		const seen = this.place(a, b, content);
		if (seen === 'new' && ++this.size > this.slots * MAX_LOAD) this.grow();
		return seen;
	}

	private place(a: number, b: number, content: number): Seen {
		const { table, slots } = this;
		for (let slot = a % slots; ; slot = slot + 1 === slots ? 0 : slot + 1) {
			const at = slot * WORDS;
			if (table[at + 1] === 0) {
				table[at] = a;
				table[at + 1] = b;
				table[at + 2] = content;
				return 'new';
			}
			if (table[at] === a && table[at + 1] === b) return table[at + 2] === content ? 'same' : 'differs';
		}
	}

	private grow(): void {
		const old = this.table;
		this.slots = Math.ceil(this.slots * GROWTH);
		this.table = new Uint32Array(this.slots * WORDS);
		for (let at = 0; at < old.length; at += WORDS) if (old[at + 1] !== 0) this.place(old[at], old[at + 1], old[at + 2]);
	}
}
