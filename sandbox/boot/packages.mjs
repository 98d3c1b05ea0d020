// The Debian packages that the sandbox uses and why, in one place: boot installs what is missing, the README lists them.

/** For `npm start` and the sandbox command. */
export const estatePackages = [
  { name: 'systemd', why: 'the hosts boot it' },
  { name: 'systemd-container', why: 'systemd-nspawn, which makes the hosts' },
  { name: 'dbus', why: 'the hosts talk to their systemd through it' },
  { name: 'postgresql-15', why: 'the databases of Temporal, of the ledger and of the hosts' },
  { name: 'iproute2', why: 'the bridge between the hosts' },
  { name: 'nftables', why: 'shuts a client out of a host (block-client)' },
  { name: 'e2fsprogs', why: 'the disks of the hosts' },
  { name: 'mount', why: 'overlays and loop devices' },
  { name: 'prometheus', why: 'monitors the estate; its promtool checks the rules' },
  { name: 'prometheus-alertmanager', why: 'passes alerts on; its amtool checks the routes' },
  { name: 'prometheus-node-exporter', why: 'the figures of each host' },
  { name: 'prometheus-blackbox-exporter', why: 'probes the hosts from outside' },
]

/** What `npm test` needs beyond that. */
export const testPackages = [
  { name: 'chromium', why: 'looks at the Temporal UI and the reports' },
  { name: 'curl', why: 'asks the gateway inside a host' },
  { name: 'docker-compose', why: 'checks docker-compose.yml' },
  { name: 'openssl', why: 'makes certificates to be judged' },
  { name: 'procps', why: 'shows what is left running' },
]
