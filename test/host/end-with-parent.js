/**
 * Loaded into n8n before its own code (`node --require`): when the process that started it is gone, however it ended,
 * its end of our stdin closes, and n8n with all it started ends too. Processes n8n starts must not do the same.
 */
if (process.env.END_WITH_PARENT) {
	delete process.env.END_WITH_PARENT;
	process.stdin.on('close', () => process.kill(-process.pid, 'SIGKILL'));
	process.stdin.on('error', () => {});
	process.stdin.resume();
	process.stdin.unref();
}
