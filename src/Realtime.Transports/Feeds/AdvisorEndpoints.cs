using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Realtime.Feeds;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Feeds;

/// <summary>Advice on push, pull and hybrid, for a workload in numbers or the one that this server sees.</summary>
internal sealed class AdvisorEndpoints(IAdvisor advisor, CallerAuthenticator authenticator)
{
    private const int MaxBytes = 16_384;

    internal void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApi("/api/advisor", HttpMethods.Post, AdviseAsync);
        endpoints.MapApi("/api/advisor/live", HttpMethods.Get, AdviseLiveAsync);
    }

    private async Task AdviseAsync(HttpContext context)
    {
        await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        using var body = await JsonBody.ReadOptionalAsync(context, MaxBytes);
        await AnswerAsync(context, body is null ? new FeedWorkload() : Read(body.Root.RequireObject()));
    }

    private async Task AdviseLiveAsync(HttpContext context)
    {
        await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        await AnswerAsync(context, advisor.Observe());
    }

    private async Task AnswerAsync(HttpContext context, FeedWorkload workload)
    {
        if (workload.Problem() is { } problem)
            throw new ProblemException(Problem.InvalidField(problem.Field, problem.Allowed));
        var measure = context.Request.Query["measure"].ToString();
        if (measure is not ("" or "true" or "false"))
            throw new ProblemException(Problem.InvalidField("measure", "true or false"));
        var advice = await advisor.AdviseAsync(workload, measure == "true", context.RequestAborted);
        JsonAnswer.ForbidStoring(context);
        await JsonAnswer.WriteAsync(context, advice, AdviceJson.Write);
    }

    private static FeedWorkload Read(JsonElement body)
    {
        var defaults = new FeedWorkload();
        var mean = body.OptionalNumber("followersMean");
        var max = body.OptionalNumber("followersMax");
        var readers = body.OptionalNumber("readers");
        return new FeedWorkload
        {
            Authors = body.OptionalNumber("authors") ?? defaults.Authors,
            // What is not given fits what is: nobody has more followers than there are readers, nor fewer at most than on average.
            Readers = readers ?? Math.Max(defaults.Readers, Math.Max(mean ?? 0, max ?? 0)),
            FollowersMean = mean ?? Math.Min(defaults.FollowersMean, Math.Min(readers ?? double.MaxValue, max ?? double.MaxValue)),
            FollowersMax = max ?? Math.Max(mean ?? 0, Math.Min(defaults.FollowersMax, readers ?? double.MaxValue)),
            PostsPerAuthorPerDay = body.OptionalNumber("postsPerAuthorPerDay") ?? defaults.PostsPerAuthorPerDay,
            ReadsPerReaderPerDay = body.OptionalNumber("readsPerReaderPerDay") ?? defaults.ReadsPerReaderPerDay,
            ActiveShare = body.OptionalNumber("activeShare") ?? defaults.ActiveShare,
            FreshnessSeconds = body.OptionalNumber("freshnessSeconds") ?? defaults.FreshnessSeconds,
            Replay = body.OptionalBoolean("replay") ?? defaults.Replay,
            RateControl = body.OptionalBoolean("rateControl") ?? defaults.RateControl,
            Proxies = body.OptionalString("proxies") ?? defaults.Proxies,
            Battery = body.OptionalBoolean("battery") ?? defaults.Battery,
        };
    }
}
