using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Realtime.Channels;
using Realtime.Feeds;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Feeds;

/// <summary>Follows, posts and timelines over HTTP.</summary>
internal sealed class FeedEndpoints(IFeeds feeds, PublishEndpoints publish, FeedOptions options, CallerAuthenticator authenticator)
{
    private const int DefaultPosts = 50;

    internal void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApi("/api/users/{user}/follows/{author}", (HttpMethods.Put, FollowAsync), (HttpMethods.Delete, UnfollowAsync));
        endpoints.MapApi("/api/users/{user}/follows", HttpMethods.Get, context => ListAsync(context, feeds.GetFollowsAsync));
        endpoints.MapApi("/api/users/{user}/followers", HttpMethods.Get, context => ListAsync(context, feeds.GetFollowersAsync));
        endpoints.MapApi("/api/follows", HttpMethods.Post, ImportAsync);
        endpoints.MapApi("/api/posts", HttpMethods.Post, PostAsync);
        endpoints.MapApi("/api/posts/{id}", HttpMethods.Delete, DeleteAsync);
        endpoints.MapApi("/api/timeline", HttpMethods.Get, ReadTimelineAsync);
    }

    private async Task FollowAsync(HttpContext context)
    {
        var (user, author) = await FollowOfCallerAsync(context);
        if (await feeds.FollowAsync(user, author, context.RequestAborted) == FollowOutcome.TooMany)
            throw new ProblemException(Problem.InvalidField("author", $"one of at most {options.MaxFollows} that a user follows"));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task UnfollowAsync(HttpContext context)
    {
        var (user, author) = await FollowOfCallerAsync(context);
        await feeds.UnfollowAsync(user, author, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<(string User, string Author)> FollowOfCallerAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var user = FollowList.User("user", (string?)context.Request.RouteValues["user"]);
        var author = FollowList.User("author", (string?)context.Request.RouteValues["author"]);
        if (user != caller.User)
            throw new ProblemException(Problem.Forbidden("Only the user itself decides whom it follows."));
        return user != author ? (user, author) : throw new ProblemException(Problem.InvalidField("author", "another user than the follower"));
    }

    private async Task ListAsync(HttpContext context, Func<string, string?, int, CancellationToken, ValueTask<UserPage>> read)
    {
        await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var user = FollowList.User("user", (string?)context.Request.RouteValues["user"]);
        var limit = ReadRequest.ParseLimit(context.Request.Query["limit"]);
        var page = await read(user, context.Request.Query["after"], limit, context.RequestAborted);
        JsonAnswer.ForbidStoring(context);
        await JsonAnswer.WriteAsync(context, page, static (json, page) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("users"u8);
            foreach (var user in page.Users)
                json.WriteStringValue(user);
            json.WriteEndArray();
            json.WriteNumber("count"u8, page.Count);
            json.WriteString("next"u8, page.Next);
            json.WriteEndObject();
        });
    }

    /// <summary>Many follows of anybody at once, for whoever brings a graph along: a right of its own, which a token has to name.</summary>
    private async Task ImportAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        if (caller.PublishPatterns?.Match(FollowList.ImportRight) != true)
            throw new ProblemException(Problem.Forbidden($"Importing follows needs a token whose pub claim covers {FollowList.ImportRight}."));
        var follows = await FollowList.ReadAsync(context);
        var added = 0;
        foreach (var part in follows.Chunk(FollowList.BatchSize))
            added += await feeds.ImportAsync(part, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, (follows.Count, added), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteNumber("follows"u8, answer.Count);
            json.WriteNumber("added"u8, answer.added);
            json.WriteEndObject();
        });
    }

    private async Task PostAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        await publish.AnswerAsync(context, caller, ChannelOf(caller));
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var id = (string)context.Request.RouteValues["id"]!;
        var channel = ChannelOf(caller);
        if (!caller.MayPublish(channel))
            throw new ProblemException(Problem.Forbidden($"You may not publish in {channel}."));
        if (!NameAlphabet.IsId(id) || !await feeds.DeletePostAsync(caller.User, id, context.RequestAborted))
            throw new ProblemException(Problem.NotFound($"You have no post with the id '{Problem.Echo(id)}'."));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ReadTimelineAsync(HttpContext context)
    {
        var caller = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        if (!ChannelName.TryParse($"timeline:{caller.User}", out var timeline))
            throw new ProblemException(Problem.InvalidRequest("Your user's name can't be part of a channel's name, so it has no timeline."));
        var query = context.Request.Query;
        var request = new TimelineRequest(caller.User, Strategy(query["strategy"]), Before(query["before"]), Limit(query["limit"]));
        ReadRequest.RequireRead(caller, timeline);
        JsonAnswer.ForbidStoring(context);
        var page = await feeds.ReadTimelineAsync(request, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, page, Write);
    }

    private static void Write(Utf8JsonWriter json, TimelinePage page)
    {
        json.WriteStartObject();
        json.WriteStartArray("posts"u8);
        foreach (var post in page.Posts)
            json.WriteRawValue(post.Json.Span, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteString("next"u8, page.Next?.ToString());
        json.WriteString("strategy"u8, FeedStrategies.NameOf(page.Strategy));
        json.WriteStartObject("cost"u8);
        json.WriteNumber("mailboxReads"u8, page.Cost.MailboxReads);
        json.WriteNumber("sourceReads"u8, page.Cost.SourceReads);
        json.WriteNumber("merged"u8, page.Cost.Merged);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static ChannelName ChannelOf(Caller caller) => PostRef.TryGetChannel(caller.User, out var channel)
        ? channel
        : throw new ProblemException(Problem.InvalidRequest("Your user's name can't be part of a channel's name, so it has no posts."));

    private static int Limit(string? text) => text is null ? DefaultPosts : ReadRequest.ParseLimit(text);

    private static PostPosition Before(string? text)
    {
        if (text is null)
            return PostPosition.Newest;
        return PostPosition.TryParse(text, out var position)
            ? position
            : throw new ProblemException(Problem.InvalidField("before", "what an answer gave as next, whole and unchanged"));
    }

    private static FeedStrategy? Strategy(string? text)
    {
        if (text is null)
            return null;
        return FeedStrategies.TryParse(text, out var strategy)
            ? strategy
            : throw new ProblemException(Problem.InvalidField("strategy", string.Join(", ", FeedStrategies.Names)));
    }
}
