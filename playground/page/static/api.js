// The page's calls (docs/playground.md).

export class ApiError extends Error {}

/** The JSON answer of a call. Throws ApiError with a sentence for the person. */
export async function call(method, path, body) {
  const form = body instanceof FormData;
  const response = await fetch(`/api${path}`, {
    method,
    body: body === undefined ? undefined : form ? body : JSON.stringify(body),
    headers: body === undefined || form ? {} : { 'Content-Type': 'application/json' },
  });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(answer?.error || `${response.status} ${response.statusText}`);
  return answer;
}

export const fileUrl = (fileId) => `/api/files/${encodeURIComponent(fileId)}`;

/** What one persona does towards one bot. */
export class Actor {
  constructor(personaId, botId) {
    this.personaId = personaId;
    this.botId = botId;
  }

  get events() {
    return `/api/personas/${this.personaId}/events?bot=${this.botId}`;
  }

  post(path, body = {}) {
    return call('POST', `/personas/${this.personaId}/${path}?bot=${this.botId}`, body);
  }

  /** `answered`: the message that is replied to. */
  send(text, answered) {
    return this.post('messages', answered ? { text, reply_to: answered.message_id } : { text });
  }

  upload(file, kind, caption) {
    const form = new FormData();
    form.append('kind', kind);
    form.append('caption', caption);
    form.append('file', file, file.name || 'image.png');
    return this.post('files', form);
  }
}

/** What one member does in a group. */
export class GroupActor {
  constructor(groupId, personaId, botId) {
    this.groupId = groupId;
    this.personaId = personaId;
    this.botId = botId;
  }

  get events() {
    return `/api/groups/${this.groupId}/events?bot=${this.botId}&as=${this.personaId}`;
  }

  post(path, body = {}) {
    return call('POST', `/groups/${this.groupId}/${path}?bot=${this.botId}`, { speaker: this.personaId, ...body });
  }

  send(text, answered) {
    if (answered?.ephemeral_message_id) return this.post('messages', { text, reply_to_ephemeral: answered.ephemeral_message_id });
    return this.post('messages', answered ? { text, reply_to: answered.message_id } : { text });
  }
}
