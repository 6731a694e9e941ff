/** What differs each time that the same happens: addresses of orders, identifiers of requests, hours that go by. */
const incidental = [/https?:\/\/\S+/g, /\b[\w+/-]{20,}={0,2}/g, /\b\d+ (?:hours|days|seconds|ms)\b/g];

/** Whether two sentences give the same reason, so that the second one is not logged. */
export function isSameReason(before: string | undefined, sentence: string): boolean {
  return before !== undefined && essence(before) === essence(sentence);
}

function essence(sentence: string): string {
  return incidental.reduce((text, pattern) => text.replace(pattern, '…'), sentence);
}
