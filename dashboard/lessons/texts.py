"""The words of the lessons. Numbers and names come from the loaded store, by `analysis.lessons`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import xarray as xr

from analysis import lessons
from analysis.lessons import Question
from dashboard.shell.language import marked


@dataclass(frozen=True)
class Lesson:
    """One screen: a text, a figure, a question. All words are for `language._`.

    Attributes:
        name: of its figure.
        title: what it is about.
        text: three sentences or so; Markdown.
        question: with gaps for the facts.
        explanation: shown with the verdict, with gaps for the facts.
        notes: for the teacher.
        ask: makes the question from a store; None for the lesson that compares two.
        options: what the answers are called, where they are not names of the store's own.
        numbered: what an answer is called that is a number, with a gap for it.
        cases: explanations that stand in for the usual one, by the question's case.
    """

    name: str
    title: str
    text: str
    question: str
    explanation: str
    notes: str
    ask: Callable[[xr.Dataset], Question] | None
    options: Mapping[str, str]
    numbered: str = ""
    cases: Mapping[str, str] = field(default_factory=dict)


LESSONS = (
    Lesson(
        "squeeze",
        marked("What the squeeze loses"),
        marked(
            "A convolution sees a small window. The **squeeze** gives every channel a view of the "
            "whole image: it averages the channel's map over all positions:"
            "\n\n$$z_c = \\frac{1}{HW} \\sum_{i,j} u_c(i,j)$$\n\n"
            "*How much* of a feature there is survives; *where* it is does not."
        ),
        marked(
            "The block {gate} sees {channels} maps of an image. How many numbers does its squeeze "
            "hand on?"
        ),
        marked(
            "One number a channel: {channels} of them, however large the maps are. The gates are "
            "computed from these numbers alone, so two images whose maps differ only in place look "
            "the same to the block."
        ),
        marked(
            "Ask what two images would have the same squeeze and different labels (a shoe at the "
            "left or right would not matter; a pattern whose order carries its meaning would). "
            "The page of the block shows the maps beside their averages."
        ),
        lessons.squeezed,
        {
            "channels": marked("{channels}, one for each channel"),
            "hidden": marked("{hidden}, one for each hidden unit"),
            "positions": marked("{channels} × height × width"),
        },
    ),
    Lesson(
        "bottleneck",
        marked("Why a bottleneck"),
        marked(
            "The **excitation** $s = \\sigma(W_2\\,\\delta(W_1 z))$ lets channels look at one "
            "another. A full layer would need $C^2$ weights; through $C/r$ hidden units it needs "
            "$2C^2/r$. The paper takes r = 16, where accuracy hardly changes and the cost is small."
        ),
        marked(
            "{gate} has {channels} channels and r = {reduction}. How many weights do its two "
            "layers have together, without biases?"
        ),
        marked(
            "2 · {channels} · {hidden} = {weights:,}; one layer of {channels} × {channels} would "
            "have {without:,}. Of the weights of all blocks, {last:.1%} lie in the last stage, "
            "where there are most channels: the paper leaves the blocks out there to save most of "
            "the cost."
        ),
        marked(
            "Let the class work out for which r the two layers cost as much as one (r = 2). Where "
            "a network sets a least number of hidden units, small stages have a smaller r than it "
            "says."
        ),
        lessons.bottleneck,
        {},
    ),
    Lesson(
        "early",
        marked("Early gates are shared"),
        marked(
            "Early layers look for edges and textures that every class needs. The paper finds that "
            "early gates hardly depend on the class: the distributions of different classes lie "
            "over one another. **η²** puts a number on it: the share of a gate's variance over the "
            "images that the class explains, 0 for none and 1 for all. The figure shows one "
            "channel of the first block, the one whose η² is the median."
        ),
        marked(
            "How much of the variance of channel {channel} of {gate} does the class explain? The "
            "numbers under the figure are enough to tell."
        ),
        marked(
            "η² = ({between:.3g} / {total:.3g})² = {share:.2f} for the median channel of {gate}, "
            "number {channel}. What is left is variance between images of one class. Whether a "
            "share is small is a question of what it is compared with: the next lesson looks at "
            "the blocks behind it."
        ),
        marked(
            "On small data sets early gates can know more of the class than on ImageNet, since "
            "brightness and size already tell a coat from a sandal. Let the class say what in the "
            "images could do it."
        ),
        lessons.early,
        {
            "tenth": marked("less than a tenth"),
            "third": marked("a tenth to a third"),
            "two_thirds": marked("a third to two thirds"),
            "more": marked("more than two thirds"),
        },
        cases={
            "still": marked(
                "η² = ({between:.3g} / {total:.3g})² = {share:.2f} for channel {channel} of "
                "{gate}. But its median channel has a standard deviation of only {total:.2g}: the "
                "gate is almost a constant, so its share says little. Separate peaks in the figure "
                "are the steps in which the store keeps gates."
            )
        },
    ),
    Lesson(
        "late",
        marked("Late gates know the class"),
        marked(
            "Further on, channels stand for parts and objects. The paper finds that gates become "
            "more specific to the class with depth. The figure shows η² of each block's median "
            "channel, with the middle half of its channels as a band."
        ),
        marked("Which of these blocks tells the classes apart best?"),
        marked(
            "{gate}: the class explains {share:.0%} of the variance of its median channel, against "
            "{first:.0%} in the first block. A gate can only know what the features before it "
            "know, so this line also says how far the network has got."
        ),
        marked(
            "The maximum need not be the last block: in the paper, and often, the last stage "
            "falls off again. Ask why a network could afford that (its head does the rest)."
        ),
        lessons.late,
        {},
    ),
    Lesson(
        "reading",
        marked("Read one channel"),
        marked(
            "A gate near 1 lets its channel pass, one near 0 shuts it. Marked: the channel that "
            "depends most on the class, among its neighbours. The class whose curve is highest "
            "there opens it most."
        ),
        marked("Which of these classes has the highest mean gate in channel {channel} of {gate}?"),
        marked(
            "{class}: its mean gate is {mean:.2f}, over all images it is {overall:.2f}. That the "
            "class opens the channel does not say that the channel makes the class: only a change "
            "of the gate, on the page of the block or of interventions, can show that."
        ),
        marked(
            "A good moment for correlation and cause. Let the class predict what shutting this "
            "channel does to that class, and then try it."
        ),
        lessons.reading,
        {},
    ),
    Lesson(
        "saturated",
        marked("Saturation, and the last stage"),
        marked(
            "A gate that is nearly open (over 0.9) or nearly shut (under 0.1) for every image does "
            "not choose: the sigmoid is **saturated**. The paper finds this in the next to last "
            "block, where most gates are close to 1, and concludes that the blocks of the last "
            "stage can be left out at little cost."
        ),
        marked("In which stage is the share of nearly open or nearly shut gate values largest?"),
        marked(
            "Stage {stage}: {share:.1%} of its gate values lie under 0.1 or over 0.9, in the mean "
            "over its blocks; in the last stage it is {last:.1%}. Whether a saturated block can be "
            "left out is settled by setting its gates to 1 and counting right answers, on the page "
            "of interventions."
        ),
        marked(
            "A network trained for long without weight decay on its gates saturates more. Ask what "
            "the gradient of a saturated sigmoid is, and what that means for training."
        ),
        lessons.saturated,
        {},
        numbered=marked("stage {stage}"),
        cases={
            "last": marked(
                "Stage {stage}, the last: {share:.1%} of its gate values lie under 0.1 or over "
                "0.9, in the mean over its blocks. Whether a saturated block can be left out is "
                "settled by setting its gates to 1 and counting right answers, on the page of "
                "interventions."
            )
        },
    ),
    Lesson(
        "helps",
        marked("Does SE help here, and how would you know?"),
        marked(
            "Two networks on the same images: the dots are accuracies, the lines their 95 % "
            "intervals. Intervals that overlap do not settle it, because the images are the same: "
            "**McNemar's test** looks only at images that one network alone has right."
        ),
        marked("What do these {n:,} images show?"),
        marked(
            "{only_a:,} images are right with SE alone and {only_b:,} with the baseline alone: "
            "p = {p:.2g}. Even where p is small, it speaks of these two trained networks. Another "
            "seed would give other networks: to say that SE helps, train several of each."
        ),
        marked(
            "The paper compares single networks on 50,000 images and shows the same sign in many "
            "architectures, which is its strongest argument. Ask how many seeds would be needed to "
            "see half a point if seeds alone change accuracy by half a point."
        ),
        None,
        {
            "better": marked("The SE network is better by more than chance"),
            "undecided": marked("No difference beyond chance"),
            "worse": marked("The baseline is better by more than chance"),
        },
    ),
)


def by_name(name: str) -> Lesson:
    """The lesson called ``name``."""
    return next(lesson for lesson in LESSONS if lesson.name == name)
