/** One question, in the process that was started for it. */

import { answerParent } from './child.ts';
import { questions } from './questions.ts';

answerParent(async (name: string, progress) => {
  const load = questions[name];
  if (load === undefined) throw new Error(`there is no question "${name}"`);
  const { question } = await load();
  return { title: question.title, answer: await question.run(progress) };
});
