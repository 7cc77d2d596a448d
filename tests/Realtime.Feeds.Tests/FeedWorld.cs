using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Realtime.Channels;
using Realtime.Feeds.Live;
using Realtime.Feeds.Timelines;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Feeds.Tests;

/// <summary>Feeds over stores in memory, with a clock and a fan-out that the test drives.</summary>
internal sealed class FeedWorld : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly MailboxKeeper _keeper;
    private readonly ReaderActivity _activity;
    private int _number;

    private FeedWorld(ServiceProvider services)
    {
        _services = services;
        _keeper = services.GetRequiredService<MailboxKeeper>();
        _activity = services.GetRequiredService<ReaderActivity>();
        Feeds = services.GetRequiredService<IFeeds>();
        Store = services.GetRequiredService<IMessageStore>();
        Publisher = services.GetRequiredService<Publisher>();
        Mailboxes = services.GetRequiredService<IMailboxStore>();
        Graph = services.GetRequiredService<IFollowGraph>();
        Logs = services.GetRequiredService<ChannelLogs>();
        Metrics = services.GetRequiredService<FeedMetrics>();
    }

    internal FakeTimeProvider Time { get; private init; } = null!;

    internal HeldFanout Fanout { get; private init; } = null!;

    internal IFeeds Feeds { get; }

    internal IMessageStore Store { get; }

    internal Publisher Publisher { get; }

    internal IMailboxStore Mailboxes { get; }

    internal IFollowGraph Graph { get; }

    internal ChannelLogs Logs { get; }

    internal FeedMetrics Metrics { get; }

    internal LiveTimelines Live => _services.GetRequiredService<LiveTimelines>();

    /// <summary>1, 2, 3 …</summary>
    internal int NextNumber() => Interlocked.Increment(ref _number);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts it. Bounds may be smaller than a setting allows, so that they are met soon.</summary>
    internal static async Task<FeedWorld> StartAsync(FeedOptions options, int maxPosts = 10_000, TimeSpan? maxAge = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero));
        var fanout = new HeldFanout();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(options);
        services.AddSingleton<IFanoutDispatcher>(fanout);
        services.Configure<MessageStoreOptions>(store => store.Retention["posts"] = new RetentionRule { MaxMessages = maxPosts, MaxAge = maxAge ?? TimeSpan.FromDays(7) });
        services.AddSingleton<IMessageStore>(provider => new InMemoryMessageStore(provider.GetRequiredService<MessageStoreOptions>()));
        services.AddRealtimeCore();
        services.AddRealtimeFeeds();
        var world = new FeedWorld(services.BuildServiceProvider()) { Time = time, Fanout = fanout };
        foreach (var service in world._services.GetServices<IHostedService>())
            await service.StartAsync(Cancel);
        return world;
    }

    /// <summary>Publishes posts, committed together where they come together.</summary>
    internal async Task<IReadOnlyList<Message>> PostAsync(params IEnumerable<(string Author, string Id)> posts)
    {
        var results = await Task.WhenAll(posts.Select(post => Publisher.PublishAsync(new PublishRequest(
            PostRef.ChannelOf(post.Author), post.Id, "message", post.Author, Encoding.UTF8.GetBytes($"\"{post.Id}\""))).AsTask()));
        Assert.All(results, result => Assert.Equal(PublishOutcome.Created, result.Outcome));
        return [.. results.Select(result => result.Message!)];
    }

    /// <summary>Reads a whole timeline, page by page.</summary>
    internal async Task<List<Message>> ReadAsync(string user, FeedStrategy? strategy = null, int limit = 50)
    {
        var posts = new List<Message>();
        PostPosition? before = PostPosition.Newest;
        while (before is { } position)
        {
            var page = await Feeds.ReadTimelineAsync(new TimelineRequest(user, strategy, position, limit), Cancel);
            Assert.InRange(page.Posts.Count, page.Next is null ? 0 : 1, limit);
            posts.AddRange(page.Posts);
            before = page.Next;
        }

        return posts;
    }

    /// <summary>What a timeline has to be: all retained posts of those who are followed, and the user's own, from the log itself.</summary>
    internal async Task<List<Message>> ExpectedAsync(string user)
    {
        var posts = new List<Message>();
        foreach (var author in (await Graph.GetAllFollowsAsync(user, Cancel)).Append(user))
            posts.AddRange((await Store.ReadAsync(PostRef.ChannelOf(author), 0, 100_000, Cancel)).Messages);
        return [.. posts.Where(post => post.Type != Message.DeletedType).OrderByDescending(post => PostRef.Of(post).Position)];
    }

    /// <summary>Lets what goes on behind reads be done.</summary>
    internal async Task SettleAsync()
    {
        await _activity.FlushAsync(Cancel);
        await _keeper.WhenIdleAsync().Within("mailboxes are kept");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>().Reverse())
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}
