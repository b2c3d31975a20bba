export { MessageSpan } from './message-span.js';
export { identityOfPublish, MessageTracer, type TracedMessage } from './message-tracer.js';
export { loadTelemetry, Telemetry } from './telemetry.js';
