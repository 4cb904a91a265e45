/** Runs before npm's scripts on whatever Node there is, so it keeps to old syntax. */
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
	console.error('Node 20.19 or newer is needed; this is ' + process.versions.node + '. Install it from https://nodejs.org and run "npm ci" again.');
	process.exit(1);
}
