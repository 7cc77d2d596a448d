using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Realtime.Channels;
using Realtime.Feeds;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Feeds;

/// <summary>An edge list as text: a line for each follow, the follower and the author, with a comma, a tab or a space between them.</summary>
internal static class FollowList
{
    /// <summary>Follows that are imported in one step of the store.</summary>
    internal const int BatchSize = 10_000;

    /// <summary>About half a million follows.</summary>
    private const int MaxBytes = 16 << 20;

    /// <summary>What a token's <c>pub</c> claim has to cover.</summary>
    internal static readonly ChannelName ImportRight = ChannelName.Parse("follows:import");

    /// <summary>Reads the whole list before anything is done with it, so that a bad line changes nothing.</summary>
    internal static async ValueTask<IReadOnlyList<Follow>> ReadAsync(HttpContext context)
    {
        var type = context.Request.ContentType ?? "";
        if (!type.StartsWith("text/csv", StringComparison.OrdinalIgnoreCase) && !type.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase))
            throw new ProblemException(Problem.InvalidRequest("The body must be lines of 'user,author', sent as text/csv or text/plain."));
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBytes;
        var follows = new List<Follow>();
        try
        {
            using var reader = new StreamReader(context.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
            for (var number = 1; await reader.ReadLineAsync(context.RequestAborted) is { } line; number++)
            {
                if (line.Length > 0 && line[0] != '#')
                    follows.Add(Parse(line, $"line {number}"));
            }
        }
        catch (DecoderFallbackException)
        {
            throw new ProblemException(Problem.InvalidRequest("The body is not UTF-8."));
        }
        catch (BadHttpRequestException refusal) when (refusal.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ProblemException(Problem.TooLarge($"A list of follows has at most {MaxBytes} bytes; send it in parts."));
        }

        return follows.Count > 0 ? follows : throw new ProblemException(Problem.InvalidRequest("The list holds no follow."));
    }

    /// <summary>A user who can have posts and a timeline.</summary>
    internal static string User(string field, string? name) => name is not null && PostRef.TryGetChannel(name, out _) && ChannelName.TryParse($"timeline:{name}", out _)
        ? name
        : throw new ProblemException(Problem.InvalidField(field, $"a user: 1–{ChannelName.MaxLength - "timeline:".Length} characters of A–Z a–z 0–9 . _ : ~ @ -"));

    private static Follow Parse(string line, string place)
    {
        if (line.Split([',', '\t', ' '], StringSplitOptions.TrimEntries) is not [var user, var author])
            throw new ProblemException(Problem.InvalidField(place, "two users, with a comma, a tab or a space between them"));
        var follow = new Follow(User(place, user), User(place, author));
        return follow.User != follow.Author ? follow : throw new ProblemException(Problem.InvalidField(place, "two different users"));
    }
}
