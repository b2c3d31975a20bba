export { MessageSpan } from './message-span.js';
export { identityOfPublish, MessageTracer, type TracedMessage } from './message-tracer.js';
export { loadTelemetry, type Telemetry } from './telemetry.js';
