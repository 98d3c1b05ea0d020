/** What the alert door counts, on the metrics page of the process. */
import { Counter, Histogram } from 'prom-client'

export const deliveries = new Counter({
  name: 'ops_alert_deliveries_total',
  help: 'Deliveries of Alertmanager: accepted, refused for what they are, or put off while Temporal is away',
  labelNames: ['outcome'] as const,
})

export const alertsReceived = new Counter({
  name: 'ops_alerts_received_total',
  help: 'Alerts in accepted deliveries, with those that were left out of them',
})

export const alertsCutOff = new Counter({
  name: 'ops_alerts_cut_off_total',
  help: 'Alerts that Alertmanager left out of its deliveries (max_alerts)',
})

export const alertsShed = new Counter({
  name: 'ops_alerts_shed_total',
  help: 'Alerts of a flood, which were only counted into the cause ops/alert-flood',
})

export const deliverySeconds = new Histogram({
  name: 'ops_alert_delivery_seconds',
  help: 'Time from a delivery to its answer',
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
})
