using CsCheck;
using Realtime.Channels;

namespace Realtime.Feeds.Tests;

/// <summary>Whatever happens in whatever order, a timeline is what the log says: by every strategy, page by page.</summary>
public sealed class TimelineProperties
{
    private static readonly string[] Users = ["ann", "bob", "cid", "dot", "eve", "fay"];

    private static readonly Gen<string> User = Gen.Int[0, Users.Length - 1].Select(index => Users[index]);

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.Select(User, Gen.Int[0, 1_000]).Array[1, 6].Select(Step (posts) => new Post(posts))),
        (4, Gen.Select(User, User, Step (user, author) => new Follow(user, author))),
        (1, Gen.Select(User, User, Step (user, author) => new Unfollow(user, author))),
        (1, Gen.Select(User, Gen.Int[0, 20], Step (author, back) => new Delete(author, back))),
        (6, Gen.Select(User, Gen.Int[0, 3], Gen.Int[1, 8], Gen.Bool, Step (user, strategy, limit, settles) => new Read(user, (FeedStrategy)strategy, limit, settles))),
        (8, Gen.Select(Gen.Int[0, 9], Gen.Bool, Step (index, again) => new Work(index, again))),
        (2, Gen.Const(Step () => new WorkAll())),
        (1, Gen.Const(Step () => new LoseWork())),
        (1, User.Select(Step (user) => new DropMailbox(user))),
        (3, Gen.Int[0, 2_000].Select(Step (milliseconds) => new Wait(TimeSpan.FromMilliseconds(milliseconds)))),
        (1, Gen.Const(Step () => new Wait(TimeSpan.FromMinutes(3)))));

    [Theory]
    [InlineData(FeedStrategy.Push)]
    [InlineData(FeedStrategy.Pull)]
    [InlineData(FeedStrategy.Hybrid)]
    [InlineData(FeedStrategy.Auto)]
    public async Task A_timeline_is_what_the_log_says(FeedStrategy strategy) => await Steps.Array[20, 120].SampleAsync(
        async steps =>
        {
            await using var world = await FeedWorld.StartAsync(
                new FeedOptions
                {
                    Strategy = strategy,
                    FollowerThreshold = 3,
                    MailboxSize = 6,
                    UnreadBudget = 2,
                    FewFollows = steps.Length % 3,
                    InactiveAfter = TimeSpan.FromMinutes(2),
                    MaxMailboxEntries = 60,
                    MaxOutboxEntries = 40,
                    MaxFollowEntries = 9,
                    MaxPostBytes = 9_000,
                },
                maxPosts: 15);
            foreach (var step in steps)
                await step.RunAsync(world);
            foreach (var user in Users)
            {
                foreach (var read in Enum.GetValues<FeedStrategy>())
                    await new Read(user, read, 4, Settles: true).RunAsync(world);
            }
        },
        iter: 150,
        threads: 1);

    private abstract record Step
    {
        public abstract Task RunAsync(FeedWorld world);
    }

    private sealed record Post((string Author, int Id)[] Posts) : Step
    {
        public override Task RunAsync(FeedWorld world) =>
            // In no order, and none twice.
            world.PostAsync([.. Posts.Select(post => (post.Author, $"{post.Id}-{world.NextNumber()}"))]);

        public override string ToString() => $"Post {string.Join(' ', Posts)}";
    }

    private sealed record Follow(string User, string Author) : Step
    {
        public override async Task RunAsync(FeedWorld world)
        {
            if (User != Author)
                await world.Feeds.FollowAsync(User, Author, CancellationToken.None);
        }
    }

    private sealed record Unfollow(string User, string Author) : Step
    {
        public override async Task RunAsync(FeedWorld world) => await world.Feeds.UnfollowAsync(User, Author, CancellationToken.None);
    }

    private sealed record Delete(string Author, int Back) : Step
    {
        public override async Task RunAsync(FeedWorld world)
        {
            var posts = (await world.Store.ReadAsync(PostRef.ChannelOf(Author), 0, 100, CancellationToken.None)).Messages;
            if (posts.Count == 0)
                return;
            var post = posts[Math.Max(0, posts.Count - 1 - Back)];
            Assert.Equal(post.Type != Message.DeletedType, await world.Feeds.DeletePostAsync(Author, post.Id, CancellationToken.None));
        }
    }

    private sealed record Read(string User, FeedStrategy Strategy, int Limit, bool Settles) : Step
    {
        public override async Task RunAsync(FeedWorld world)
        {
            var expected = await world.ExpectedAsync(User);
            var read = await world.ReadAsync(User, Strategy, Limit);
            Assert.Equal(expected.Select(Name), read.Select(Name));
            if (Settles)
                await world.SettleAsync();
        }

        private static string Name(Message post) => $"{post.User} {post.Offset} {post.Id}";
    }

    private sealed record Work(int Index, bool Again) : Step
    {
        public override Task RunAsync(FeedWorld world) => world.Fanout.StepAsync(Index, Again);
    }

    private sealed record WorkAll : Step
    {
        public override Task RunAsync(FeedWorld world) => world.Fanout.RunAllAsync();
    }

    private sealed record LoseWork : Step
    {
        public override Task RunAsync(FeedWorld world)
        {
            world.Fanout.Lose();
            return Task.CompletedTask;
        }
    }

    private sealed record DropMailbox(string User) : Step
    {
        public override async Task RunAsync(FeedWorld world) => await world.Mailboxes.DropAsync(User, CancellationToken.None);
    }

    private sealed record Wait(TimeSpan Time) : Step
    {
        public override Task RunAsync(FeedWorld world)
        {
            world.Time.Advance(Time);
            return Task.CompletedTask;
        }
    }
}
