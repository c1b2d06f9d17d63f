/** The shapes of what the control API gives, as `/_mockcliq/openapi.json` documents them, and the console's own. */

export interface Person {
  id: string;
  name: string;
  email: string;
  active: boolean;
  role: string | null;
}

export interface World {
  id: string;
  base_url: string;
  token: string | null;
  refresh_token: string | null;
  tokens: Record<string, string>;
  world: string;
  seed: number;
  users: Person[];
}

export interface WorldSummary {
  id: string;
  world: string;
  seed: number;
  idle_s: number;
}

export interface Server {
  version: string;
  label: string | null;
  rate_limit: boolean;
  journal_size: number;
}

export interface Bot {
  unique_name: string;
  name: string;
  subscribers: string[];
}

/** A token that was minted; one for webhooks has no scopes, and never expires. */
export interface Minted {
  token: string;
  user: string;
  scopes?: string[];
  expires_at?: string | null;
}

export interface Operation {
  operation: string;
  title: string;
  method: string;
  path: string;
  scope: string | null;
}

export interface Clock {
  mode: "real" | "offset" | "frozen";
  now: string;
}

export interface Limit {
  operation: string;
  threshold: number;
  window_s: number;
  lock_s: number | null;
  user: string | null;
  count: number;
  remaining: number;
  locked_until: string | null;
  frees_at: string | null;
}

export interface FaultOrder {
  match?: Record<string, string>;
  when?: Record<string, number>;
  then: Record<string, unknown>;
}

export interface FaultRule {
  id: string;
  match: Record<string, string | null>;
  when: Record<string, number | null>;
  then: Record<string, unknown>;
  expires_at: string | null;
  hits: number;
  fired: number;
}

export interface Overview {
  world: string;
  run: string;
  changes: string | number;
  rate_limit: boolean;
  clock: Clock;
  faults: FaultRule[];
  limits: Limit[];
  journal: { held: number; size: number };
}

export type ChatType = "dm" | "chat" | "channel" | "bot" | "thread";

/** Who joined or left, and the like. */
export interface Info {
  type: string;
  users: string[];
}

export interface MessageFile {
  id: string;
  name: string;
  type: string;
  size: number;
  comment?: string;
}

/** What was said, in a list or in its conversation. */
export interface Said {
  sender: string;
  sender_name: string;
  text: string;
  time: string;
  bot?: { name: string } | null;
  file?: MessageFile | null;
  info?: Info | null;
  deleted?: boolean;
}

/** A conversation in somebody's list. */
export interface Listed {
  id: string;
  type: ChatType;
  name: string;
  people: number;
  muted: boolean;
  pinned: boolean;
  draft: string | null;
  last_message: Said | null;
  pinned_message: boolean;
  unread: number;
  channel: string | null;
  bot: string | null;
  parent: string | null;
}

export interface ListedPage {
  total: number;
  chats: Listed[];
}

export interface Participant {
  user: string;
  name: string;
  muted: boolean;
  pinned: boolean;
  draft: string | null;
}

export interface Pin {
  message: string;
  text: string;
  creator: string;
  creator_name: string;
  created: string;
  expires: string | null;
}

export interface Quoted {
  id: string;
  sender_name: string;
  text: string;
}

/** `unread` is by user, and names those alone who have not read all. */
export interface Chat {
  id: string;
  type: ChatType;
  name: string;
  participants: Participant[];
  messages: number;
  pin: Pin | null;
  channel: { unique_name: string; status: string } | null;
  thread: { chat: string; message: Quoted | null; closed: boolean } | null;
  bot: string | null;
  unread: Record<string, number>;
}

/** What a message has not is left out. `reactions` are by emoji, each as `time:user:name`. */
export interface Message extends Said {
  id: string;
  card?: Record<string, unknown>;
  slides?: unknown[];
  buttons?: unknown[];
  reactions?: Record<string, string[]>;
  quoted?: Quoted;
  thread?: { chat: string; messages: number };
}

/** An exchange of the journal; `client_status` is there where the client saw another one than `status`, `in_flight` while it is under way. */
export interface Entry {
  id: string;
  run?: string | null; // in a report
  time: string;
  user: string | null;
  operation: string | null;
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body: string | null;
  world: string;
  status: number | null;
  client_status?: number | null;
  client?: string;
  in_flight?: boolean;
  token_label?: string | null;
  answer_headers?: Record<string, string>;
  answer: string | null;
  duration_ms: number | null;
  reason: string | null;
  fault: string | null;
  body_truncated?: boolean;
  body_unread?: boolean;
  answer_truncated?: boolean;
}

export interface Explanation {
  rule: string | null;
  have: string | null;
  need: string | null;
  advice: string | null;
  nearest_route: { method: string; path: string } | null;
  nearest_chat: { id: string; name: string } | null;
  token: string | null;
  lock_ends: string | null;
  advance: number | null;
  fault: string | null;
  curl: string | null;
  call: Replay | null;
}

/** A call to make again; a character of a header's value is a byte. */
export interface Replay {
  method: string;
  origin: string;
  target: string;
  headers: [string, string][];
  body: string | null;
  body_base64: string | null;
}

export interface ExplainedEntry extends Entry {
  explanation: Explanation;
}

/** One life of a world; `ended` is null while it goes on, `test` and `outcome` where no test had it. */
export interface Run {
  run: string;
  world: string;
  started: string;
  ended: string | null;
  calls: number;
  failed: number;
  test: string | null;
  outcome: string | null;
}

/** What stands in a report: its calls are oldest first. */
export interface Report {
  version: string;
  written: string;
  runs: Run[];
  requests: (Entry & { explanation: Explanation | null })[];
  dropped: number;
  dropped_runs: number;
}

export interface Snapshot {
  name: string;
  taken_at: string;
}

/** Who acts: a person, by a fixed token, or by one that is minted when it is first needed. */
export interface Identity {
  key: string;
  user: Person;
  label: string | null;
  token: string | null;
}

/** What became of a call to the emulated API; `status` is null where there was no whole answer. */
export interface Outcome {
  method: string;
  path: string;
  status: number | null;
  id: string | null;
  answer: unknown;
  failure: string | null;
}
