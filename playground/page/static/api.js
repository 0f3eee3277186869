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

  post(path, body = {}) {
    return call('POST', `/personas/${this.personaId}/${path}?bot=${this.botId}`, body);
  }

  send(text, replyTo) {
    return this.post('messages', replyTo ? { text, reply_to: replyTo } : { text });
  }

  upload(file, kind, caption) {
    const form = new FormData();
    form.append('kind', kind);
    form.append('caption', caption);
    form.append('file', file, file.name || 'image.png');
    return this.post('files', form);
  }
}
