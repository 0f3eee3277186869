// The bot of tests/playground/outsiders.py, in grammY: node bot.js API TOKEN polling|webhook
import { createServer } from "node:http";
import { Bot, GrammyError, InlineKeyboard, InputFile, webhookCallback } from "grammy";

const [api, token, way] = process.argv.slice(2);
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const bot = new Bot(token, { client: { apiRoot: api } });

bot.command("start", (ctx) =>
  ctx.reply("Hello <b>Alex</b> 🚗", {
    parse_mode: "HTML",
    reply_markup: new InlineKeyboard().text("More", "more"),
  }),
);
bot.callbackQuery("more", async (ctx) => {
  await ctx.answerCallbackQuery("Sure");
  await ctx.editMessageText("Edited");
});
bot.hears("photo", (ctx) => ctx.replyWithPhoto(new InputFile(png, "dot.png"), { caption: "Photo" }));
bot.hears("document", (ctx) =>
  ctx.replyWithDocument(new InputFile(Buffer.from("paper"), "文.txt"), { caption: "Document" }),
);
bot.on("message:document", async (ctx) => {
  const file = await ctx.getFile();
  const answer = await fetch(`${api}/file/bot${token}/${file.file_path}`);
  await ctx.reply(`Got ${file.file_size} bytes: ${await answer.text()}`);
});
bot.hears("invoice", (ctx) =>
  ctx.replyWithInvoice("Course", "On tyres", "course:1", "XTR", [{ label: "Course", amount: 5 }]),
);
bot.on("pre_checkout_query", (ctx) => ctx.answerPreCheckoutQuery(true));
bot.on("message:successful_payment", (ctx) => {
  const paid = ctx.message.successful_payment;
  return ctx.reply(`Paid ${paid.total_amount} ${paid.currency} for ${paid.invoice_payload}`);
});
bot.hears("wrong", async (ctx) => {
  try {
    await ctx.reply("x".repeat(4097));
  } catch (error) {
    if (!(error instanceof GrammyError)) throw error;
    await ctx.reply(`Refused ${error.error_code}: ${error.description}`);
  }
});
bot.hears("delete", async (ctx) => {
  const sent = await ctx.reply("Not for long");
  await ctx.api.deleteMessage(ctx.chat.id, sent.message_id);
});
const rich = (mm) => ({
  html:
    `<h2>Brakes</h2><p>Change at <b>${mm} mm</b></p>` +
    '<tg-button-row><tg-button type="callback_data" data="rich">More</tg-button></tg-button-row>',
});
bot.hears("rich", (ctx) => ctx.api.sendRichMessage(ctx.chat.id, rich(3)));
bot.callbackQuery("rich", async (ctx) => {
  await ctx.answerCallbackQuery();
  await ctx.api.editMessageText(ctx.chat.id, ctx.msg.message_id, rich(4));
});
bot.hears("which?", (ctx) =>
  ctx.reply(`That was a ${ctx.message.reply_to_message.rich_message.blocks[0].type}`),
);
bot.hears("wrong rich", async (ctx) => {
  try {
    await ctx.api.sendRichMessage(ctx.chat.id, { markdown: "[a](/b.md)" });
  } catch (error) {
    if (!(error instanceof GrammyError)) throw error;
    await ctx.reply(`Refused ${error.error_code}: ${error.description.replace("Bad Request: ", "")}`);
  }
});
bot.hears("plan", async (ctx) => {
  const price = [{ label: "A month", amount: 300 }];
  const terms = { subscription_period: 2592000 };
  await ctx.reply(await ctx.api.createInvoiceLink("All", "Of all", "plan:all", "", "XTR", price, terms));
});
bot.on("guest_message", (ctx) =>
  ctx.answerGuestQuery({
    type: "article",
    id: "1",
    title: "Answer",
    input_message_content: { message_text: `You asked: ${ctx.guestMessage.text}` },
  }),
);
bot.hears("draft", (ctx) => ctx.api.sendMessageDraft(ctx.chat.id, 7, "Winter", { can_stop: true }));
bot.on("stopped_message_generation", (ctx) => {
  const { chat, draft_id } = ctx.stoppedMessageGeneration;
  return ctx.api.sendMessage(chat.id, `Stopped ${draft_id}`);
});
bot.hears("whisper", (ctx) => ctx.reply("Tap", { reply_markup: new InlineKeyboard().text("Me", "whisper") }));
bot.callbackQuery("whisper", async (ctx) => {
  const to = { receiver_user_id: ctx.from.id, callback_query_id: ctx.callbackQuery.id };
  const sent = await ctx.reply("Just you", { ephemeral_message_parameters: to });
  const named = [sent.chat.id, sent.receiver_user.id, sent.ephemeral_message_id];
  await ctx.api.editEphemeralMessageText(...named, "Just you, changed");
  await ctx.api.deleteEphemeralMessage(...named);
});

if (way === "polling") {
  await bot.start({ onStart: () => console.log("ready") });
} else {
  const secret = "s3cret";
  const server = createServer(webhookCallback(bot, "http", { secretToken: secret }));
  server.listen(0, "127.0.0.1", async () => {
    const url = `http://127.0.0.1:${server.address().port}/`;
    await bot.api.setWebhook(url, { secret_token: secret });
    console.log("ready");
  });
}
